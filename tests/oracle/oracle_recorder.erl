%% The recorder: it monitors every process of a run and writes down how each of them ends.
%%
%% It runs at priority max, above everything that it watches: a process that is about to act upon a death (its
%% supervisor) runs only after the death has been written down.
%%
%% It also sees when a supervisor of instances begins to stop all of them, by a trace of that one function: in
%% which order these end is not OTP's promise, and the log sorts them.
-module(oracle_recorder).
-export([install/0, start/1, watch/4, alive/2, is_alive/2]).
-include("oracle.hrl").

%% Once for all runs.
-spec install() -> ok.
install() ->
    [1 = erlang:trace_pattern({Module, terminate, 2}, true, [local]) || Module <- oracle_clock:supervisors()],
    ok.

%% Linked to the caller, which owns the tables.
-spec start(#run{}) -> #run{}.
start(Run) ->
    Recorder = spawn_opt(fun() -> loop(Run) end, [link, {priority, max}]),
    Run#run{recorder = Recorder}.

%% From now on this process is known, as the next incarnation of its name, and its end will be written down.
-spec watch(#run{}, pid(), atom(), {worker | instance | sup, pid()}) -> pos_integer().
watch(#run{facts = Facts, recorder = Recorder} = Run, Pid, Name, {Kind, Parent}) ->
    Incarnation = oracle_log:begins(Run, Name),
    ets:insert(Facts, [
        {{process, Pid}, Name, Incarnation, Kind, Parent}, {{newest, Name}, Pid}, {{alive, Pid}, Kind, Parent}
    ]),
    Reference = make_ref(),
    Recorder ! {watch, Pid, self(), Reference},
    receive
        {Reference, watched} -> Incarnation
    end.

%% The processes of this kind ('_' for all) that live.
-spec alive(#run{}, sup | '_') -> [pid()].
alive(#run{facts = Facts}, Kind) ->
    [Pid || [Pid] <- ets:match(Facts, {{alive, '$1'}, Kind, '_'})].

%% Whether its end has not been written down.
-spec is_alive(#run{}, pid()) -> boolean().
is_alive(#run{facts = Facts}, Pid) ->
    ets:member(Facts, {alive, Pid}).

loop(Run) ->
    receive
        {watch, Pid, From, Reference} ->
            monitor(process, Pid),
            %% It may have been killed by now.
            catch erlang:trace(Pid, true, [call]),
            From ! {Reference, watched},
            loop(Run);
        {trace, Sup, call, {_, terminate, _}} ->
            ets:insert(Run#run.facts, {{group, Sup}, oracle_log:reserve()}),
            loop(Run);
        {'DOWN', _, process, Pid, Reason} ->
            ended(Run, Pid, Reason, oracle_log:process(Run, Pid)),
            loop(Run)
    end.

ended(#run{facts = Facts} = Run, Pid, Reason, {Name, Incarnation, Kind, Parent}) ->
    ets:delete(Facts, {alive, Pid}),
    ets:delete(Facts, {mark, {timer, Pid}}),
    ets:match_delete(Facts, {{mark, {gate, '_'}}, {Pid, '_'}}),
    case deserter(Run, Parent, none) of
        {deserted, Order} ->
            Event = {orphan, Name, Incarnation, Reason},
            oracle_log:event(Run, {Order, 1, {atom_to_list(Name), Incarnation}}, Event);
        none when Kind =:= sup ->
            Order = oracle_log:event(Run, {sup_exit, Name, Incarnation, Reason}),
            case ets:match(Facts, {{alive, '_'}, '$1', Pid}, 1) of
                {[_ | _], _} -> ets:insert(Facts, {{deserted, Pid}, Order});
                _ -> ok
            end;
        none ->
            Event = {stop, Name, Incarnation, Reason},
            case Kind =:= instance andalso ets:lookup(Facts, {group, Parent}) of
                [{_, Order}] -> oracle_log:event(Run, {Order, 1, {atom_to_list(Name), Incarnation}}, Event);
                _ -> oracle_log:event(Run, Event)
            end
    end.

%% The topmost supervisor above a process that has ended without stopping its children.
deserter(#run{facts = Facts} = Run, Pid, Found) ->
    Here =
        case ets:lookup(Facts, {deserted, Pid}) of
            [{_, Order}] -> {deserted, Order};
            [] -> Found
        end,
    case oracle_log:process(Run, Pid) of
        {_, _, _, Parent} -> deserter(Run, Parent, Here);
        unknown -> Here
    end.
