%% What the script does besides calls: each action, and how it went.
-module(oracle_action).
-export([perform/3]).
-include("oracle.hrl").

%% Parent is the process that started the root.
-spec perform(#run{}, pid(), term()) -> ok | {trouble, iodata()}.
perform(Run, _, {Kind, Name, Reason}) when Kind =:= exit; Kind =:= crash ->
    to_running(Run, Name, fun(Pid) -> Pid ! {oracle_exit, Reason} end);
perform(Run, _, {kill, Name}) ->
    to_running(Run, Name, fun(Pid) -> exit(Pid, kill) end);
perform(Run, _, {signal, Name, Reason}) ->
    to_running(Run, Name, fun(Pid) -> exit(Pid, Reason) end);
perform(Run, _, {unlink, Name}) ->
    to_running(Run, Name, fun(Pid) -> Pid ! oracle_unlink end);
perform(Run, _, {burst, Sup, Exits}) ->
    to_running(Run, Sup, fun(Pid) -> burst(Run, Pid, Exits) end);
perform(_, Parent, kill_parent) ->
    exit(Parent, kill),
    ok;
perform(Run, _, {set, Name, Keys}) ->
    oracle_log:script(Run, Name, Keys);
perform(Run, _, {release, Name, Token}) ->
    case oracle_log:marked(Run, {gate, Name}) of
        [{Pid, _} | _] ->
            Pid ! {oracle_release, Name, Token},
            ok;
        [] ->
            {trouble, "no gate"}
    end;
perform(#run{options = #{clock := virtual}} = Run, _, {wait, Milliseconds}) ->
    oracle_clock:advance(Run, Milliseconds);
perform(#run{options = #{clock := virtual}} = Run, _, {align, Milliseconds}) ->
    oracle_clock:advance(Run, until(Milliseconds, oracle_clock:now(Run)));
perform(_, _, {align, Milliseconds}) ->
    pause(until(Milliseconds, erlang:monotonic_time(millisecond)));
perform(_, _, {_WaitOrSleep, Milliseconds}) ->
    pause(Milliseconds);
perform(_, _, note) ->
    ok.

to_running(Run, Name, Do) ->
    case oracle_log:newest(Run, Name) of
        none ->
            {trouble, "not running"};
        Pid ->
            case is_process_alive(Pid) of
                true ->
                    Do(Pid),
                    ok;
                false ->
                    {trouble, "not running"}
            end
    end.

%% The supervisor does not run until all of them have ended, each after the one before.
burst(Run, Sup, Exits) ->
    true = erlang:suspend_process(Sup),
    lists:foreach(
        fun({Name, Reason}) ->
            to_running(Run, Name, fun(Pid) ->
                Monitor = monitor(process, Pid),
                Pid ! {oracle_exit, Reason},
                receive
                    {'DOWN', Monitor, process, Pid, _} -> ok
                end
            end)
        end,
        Exits
    ),
    %% One of those that have ended may have ended it, too: by the strategy of the supervisor above.
    catch erlang:resume_process(Sup),
    ok.

%% How long until the clock is so many milliseconds past a whole second.
until(Milliseconds, Now) ->
    ((Milliseconds - Now) rem 1000 + 1000) rem 1000.

pause(Milliseconds) ->
    receive
    after Milliseconds -> ok
    end.
