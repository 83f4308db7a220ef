%% A worker: it lives until it is told to end, and answers its supervisor's request to stop as its script says.
-module(oracle_worker).
-export([start_link/2, init/3]).
-include("oracle.hrl").

-spec start_link(#run{}, atom()) -> {ok, pid()}.
start_link(Run, Name) ->
    proc_lib:start_link(?MODULE, init, [self(), Run, Name], infinity, [{priority, high}]).

-spec init(pid(), #run{}, atom()) -> no_return().
init(Parent, Run, Name) ->
    Mode = oracle_log:on_stop(Run, Name),
    process_flag(trap_exit, Mode =/= notrap),
    proc_lib:init_ack(Parent, {ok, self()}),
    loop(Parent, Run, Name, Mode).

loop(Parent, Run, Name, Mode) ->
    receive
        {oracle_exit, Reason} ->
            exit(Reason);
        oracle_unlink ->
            unlink(Parent),
            loop(Parent, Run, Name, Mode);
        {'EXIT', Parent, Reason} ->
            asked(Mode, Reason, Run, Name, Parent),
            loop(Parent, Run, Name, Mode);
        {'EXIT', _Stranger, _Reason} ->
            loop(Parent, Run, Name, Mode)
    end.

asked(trap, Reason, _, _, _) ->
    exit(Reason);
asked({exit, Reason}, _, _, _, _) ->
    exit(Reason);
asked({slow, Milliseconds}, Reason, Run, _, _) ->
    oracle_log:mark(Run, {timer, self()}, slow),
    receive
    after Milliseconds -> exit(Reason)
    end;
asked(ignore, _, Run, _, Parent) ->
    %% If its supervisor waits, then for its timer.
    case is_process_alive(Parent) of
        true -> oracle_log:mark(Run, {timer, self()}, deaf);
        false -> ok
    end;
asked(gate, Reason, Run, Name, _) ->
    oracle_log:event(Run, {stop_gate, Name}),
    oracle_log:mark(Run, {gate, Name}, {self(), stop}),
    receive
        {oracle_release, Name, {exit, Other}} -> exit(Other);
        {oracle_release, Name, _} -> exit(Reason)
    end.
