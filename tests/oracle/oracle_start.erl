%% The start function of every child: what its script says, written down as it happens.
%%
%% It runs inside of the supervisor, as every start function does.
-module(oracle_start).
-export([start/2, start/3]).
-include("oracle.hrl").

-spec start(#run{}, atom()) -> term().
start(Run, Name) ->
    attempt(Run, Name, worker, oracle_log:next_token(Run, Name)).

%% An instance of a dynamic supervisor's template.
-spec start(#run{}, {instance_of, atom()}, atom()) -> term().
start(Run, {instance_of, _}, Name) ->
    attempt(Run, Name, instance, oracle_log:next_token(Run, Name)).

attempt(Run, Name, Kind, ok) ->
    begin_process(Run, Name, Kind);
attempt(Run, Name, Kind, info) ->
    case begin_process(Run, Name, Kind) of
        {ok, Pid} -> {ok, Pid, info};
        Other -> Other
    end;
attempt(Run, Name, _, ignore) ->
    oracle_log:event(Run, {start_ignore, Name}),
    ignore;
attempt(Run, Name, _, {die, Reason}) ->
    {error, Reason} = proc_lib:start_link(erlang, exit, [Reason]),
    failed(Run, Name, Reason),
    {error, Reason};
attempt(Run, Name, _, {error, Reason}) ->
    failed(Run, Name, Reason),
    {error, Reason};
attempt(Run, Name, _, {bad, Reason}) ->
    failed(Run, Name, Reason),
    Reason;
attempt(Run, Name, _, {throw, Reason}) ->
    failed(Run, Name, Reason),
    throw(Reason);
attempt(Run, Name, _, {exit, Reason}) ->
    failed(Run, Name, {'EXIT', Reason}),
    exit(Reason);
attempt(Run, Name, _, {raise, Reason}) ->
    failed(Run, Name, {'EXIT', {Reason, [{?MODULE, attempt, 4, []}]}}),
    error(Reason);
attempt(Run, Name, Kind, {slow, Milliseconds}) ->
    oracle_log:mark(Run, {timer, self()}, slow),
    receive
    after Milliseconds -> ok
    end,
    oracle_log:unmark(Run, {timer, self()}, slow),
    begin_process(Run, Name, Kind);
attempt(Run, Name, Kind, gate) ->
    oracle_log:event(Run, {gate, Name}),
    oracle_log:mark(Run, {gate, Name}, {self(), start}),
    receive
        {oracle_release, Name, Token} ->
            oracle_log:unmark(Run, {gate, Name}, {self(), start}),
            attempt(Run, Name, Kind, Token)
    end.

begin_process(Run, Name, Kind) ->
    case oracle_log:specification(Run, Name) of
        none -> begin_worker(Run, Name, Kind);
        {_, _} -> begin_supervisor(Run, Name)
    end.

begin_worker(Run, Name, Kind) ->
    {ok, Pid} = oracle_worker:start_link(Run, Name),
    Incarnation = oracle_recorder:watch(Run, Pid, Name, {Kind, self()}),
    oracle_log:event(Run, {start, Name, Incarnation}),
    {ok, Pid}.

begin_supervisor(Run, Name) ->
    case oracle_tree:start_link(Run, Name) of
        {ok, Pid} ->
            {_, Incarnation, _, _} = oracle_log:process(Run, Pid),
            oracle_log:event(Run, {sup_up, Name, Incarnation}),
            {ok, Pid};
        {error, Reason} ->
            failed(Run, Name, Reason),
            {error, Reason}
    end.

%% The reason as the supervisor sees it.
failed(Run, Name, Reason) ->
    oracle_log:event(Run, {start_error, Name, Reason}).
