%% When nothing moves any more.
%%
%% The script runs below everything under test, so whenever it runs all of that waits for something. What is left
%% to see is for what: a timer, or a gate, or (in the main loop of a supervisor, with nothing queued) the next
%% action.
%%
%% One process is not above the script: a supervisor that has just been spawned, until its init callback raises it.
%% It runs when the script yields, or waits for an answer, and then writes into the log that it begins: so looks
%% count only if nothing has been written from before the script yields until after the last look.
-module(oracle_settle).
-export([wait/2, is_quiet/1, gates/1]).
-include("oracle.hrl").

%% Waits until Done says so, at a moment when nothing moves; false if that takes too long (milliseconds).
-spec wait(#run{}, pos_integer()) -> boolean().
wait(Run, Longest) ->
    wait_until(Run, erlang:monotonic_time(millisecond) + Longest).

wait_until(Run, Deadline) ->
    %% What the script has just sent is received and acted upon first.
    erlang:yield(),
    case is_quiet(Run) of
        true ->
            true;
        false ->
            %% A timer is under way: look again when it can have ended.
            receive
            after 1 -> erlang:monotonic_time(millisecond) < Deadline andalso wait_until(Run, Deadline)
            end
    end.

-spec is_quiet(#run{}) -> boolean().
is_quiet(Run) ->
    Written = oracle_log:size(Run),
    erlang:yield(),
    oracle_log:marked(Run, {timer, '_'}) =:= [] andalso
        (gates(Run) =/= [] orelse lists:all(fun is_idle/1, oracle_recorder:alive(Run, sup))) andalso
        oracle_log:size(Run) =:= Written.

%% Whether somebody waits to be released.
-spec gates(#run{}) -> [{pid(), start | stop}].
gates(Run) ->
    oracle_log:marked(Run, {gate, '_'}).

is_idle(Sup) ->
    case process_info(Sup, [current_function, message_queue_len]) of
        [{current_function, Function}, {message_queue_len, 0}] -> is_main_loop(Function);
        [_, _] -> false;
        undefined -> true
    end.

%% The second and third are of newer OTPs, where a supervisor hibernates.
is_main_loop({gen_server, loop, _}) -> true;
is_main_loop({gen_server, loop_hibernate, _}) -> true;
is_main_loop({erlang, hibernate, _}) -> true;
is_main_loop(_) -> false.
