%% What is known and what has happened in one run: two tables that all its processes write to.
%%
%% On one scheduler the order of the writes is the order of the events. Keys of the log are {Order, Group, Name}:
%% events that OTP gives no order share the Order of the event they belong to and are sorted below it.
-module(oracle_log).
-export([new/1, event/2, event/3, reserve/0, size/1, flush/1]).
-export([script/3, next_token/2, on_stop/2, specify/2, specification/2]).
-export([begins/2, process/2, newest/2, name/2]).
-export([mark/3, unmark/3, marked/2]).
-include("oracle.hrl").

%% The tables belong to the calling process.
-spec new(map()) -> #run{}.
new(#{clock := Clock} = Options) ->
    #run{
        facts = ets:new(facts, [public]),
        log = ets:new(log, [public, ordered_set]),
        supervisor = oracle_clock:supervisor(Clock),
        clock = atomics:new(1, []),
        options = Options
    }.

-spec event(#run{}, tuple()) -> integer().
event(Run, Event) ->
    Order = reserve(),
    event(Run, {Order, 0, []}, Event),
    Order.

%% The same, with a place of its own.
-spec event(#run{}, {integer(), integer(), term()}, tuple()) -> true.
event(#run{log = Log}, Key, Event) ->
    ets:insert(Log, {Key, Event}).

%% A place in the order, for now.
-spec reserve() -> integer().
reserve() ->
    erlang:unique_integer([monotonic]).

%% How much has happened since the last flush.
-spec size(#run{}) -> non_neg_integer().
size(#run{log = Log}) ->
    ets:info(Log, size).

%% What has happened since the last flush.
-spec flush(#run{}) -> [tuple()].
flush(#run{log = Log}) ->
    Events = [Event || {_, Event} <- ets:tab2list(Log)],
    ets:delete_all_objects(Log),
    Events.

%% The script of a name: from now on where it is given, and the default where there has been none.
-spec script(#run{}, atom(), map()) -> ok.
script(#run{facts = Facts}, Name, Keys) ->
    script(Facts, {start, Name}, maps:find(start, Keys), [{ok, 1}]),
    script(Facts, {onstop, Name}, maps:find(onstop, Keys), trap).

script(Facts, Key, {ok, Value}, _) ->
    ets:insert(Facts, {Key, Value}),
    ok;
script(Facts, Key, error, Default) ->
    ets:insert_new(Facts, {Key, Default}),
    ok.

%% What happens at the next start of a name. The last token repeats for ever.
-spec next_token(#run{}, atom()) -> term().
next_token(#run{facts = Facts}, Name) ->
    case ets:lookup_element(Facts, {start, Name}, 2) of
        [{Token, _}] ->
            Token;
        [{Token, Times} | Rest] ->
            Left = [{Token, Times - 1} || Times > 1] ++ Rest,
            ets:insert(Facts, {{start, Name}, Left}),
            Token
    end.

-spec on_stop(#run{}, atom()) -> term().
on_stop(#run{facts = Facts}, Name) ->
    ets:lookup_element(Facts, {onstop, Name}, 2).

%% The specification of a supervisor and of those below it, with the scripts of all.
-spec specify(#run{}, tuple()) -> ok.
specify(Run, {child, Name, Keys}) ->
    script(Run, Name, Keys);
specify(#run{facts = Facts} = Run, {sup, Name, Keys, Children}) ->
    script(Run, Name, Keys),
    ets:insert(Facts, {{sup, Name}, Keys, Children}),
    lists:foreach(fun(Child) -> specify(Run, Child) end, Children).

%% The keys and the children of a supervisor; none of a worker.
-spec specification(#run{}, atom()) -> {map(), [tuple()]} | none.
specification(#run{facts = Facts}, Name) ->
    case ets:lookup(Facts, {sup, Name}) of
        [{_, Keys, Children}] -> {Keys, Children};
        [] -> none
    end.

%% The number of the incarnation that begins now.
-spec begins(#run{}, atom()) -> pos_integer().
begins(#run{facts = Facts}, Name) ->
    ets:update_counter(Facts, {incarnations, Name}, 1, {{incarnations, Name}, 0}).

%% Who a process is: its name, incarnation, kind and parent.
-spec process(#run{}, pid()) -> {atom(), pos_integer(), worker | instance | sup, pid()} | unknown.
process(#run{facts = Facts}, Pid) ->
    case ets:lookup(Facts, {process, Pid}) of
        [{_, Name, Incarnation, Kind, Parent}] -> {Name, Incarnation, Kind, Parent};
        [] -> unknown
    end.

%% The newest process of a name, be it alive or not.
-spec newest(#run{}, atom()) -> pid() | none.
newest(#run{facts = Facts}, Name) ->
    case ets:lookup(Facts, {newest, Name}) of
        [{_, Pid}] -> Pid;
        [] -> none
    end.

-spec name(#run{}, pid()) -> string().
name(Run, Pid) ->
    case process(Run, Pid) of
        {Name, Incarnation, _, _} -> lists:concat([Name, "#", Incarnation]);
        unknown -> "PID"
    end.

%% Marks: {timer, Pid} of a process that waits for a timer; {gate, Name} of one that waits for its release.
-spec mark(#run{}, {timer | gate, term()}, term()) -> ok.
mark(#run{facts = Facts}, Mark, Value) ->
    ets:insert(Facts, {{mark, Mark}, Value}),
    ok.

-spec unmark(#run{}, {timer | gate, term()}, term()) -> ok.
unmark(#run{facts = Facts}, Mark, Value) ->
    ets:delete_object(Facts, {{mark, Mark}, Value}),
    ok.

-spec marked(#run{}, {timer | gate, term()}) -> [term()].
marked(#run{facts = Facts}, {Kind, Of}) ->
    [Value || [Value] <- ets:match(Facts, {{mark, {Kind, Of}}, '$1'})].
