%% Runs scenarios of supervision on real OTP and prints the traces.
%%
%%     erl +S 1:1 -noshell -pa FOLDER -eval 'oracle:main()' -extra [FILE...]
%%
%% reads a batch from the files, or from standard input, in the format of tests/scenarios/FORMAT.md, and prints
%% one trace per scenario, each under the line that separates it in the batch. Scenarios run side by side: they
%% share nothing but the machine.
%%
%% How a trace comes to be in causal order, without a sleep and without touching OTP's code, rests on three
%% priorities and on there being one scheduler (hence +S 1:1, which is checked):
%%
%%   max     the recorder, which monitors all processes: it writes a death down before anyone can act upon it; and
%%           those who call, which look at an answer before anything can change;
%%   high    everything under test: supervisors and workers;
%%   normal  the script: it runs only when nothing under test can, which is what quiescence means.
-module(oracle).
-export([main/0, run/1]).

%% As many run side by side: most wait for timers only, and their deaths are few enough to be seen at once.
-define(AT_ONCE, 32).

-spec main() -> no_return().
main() ->
    case catch run(read(init:get_plain_arguments())) of
        {'EXIT', Reason} ->
            io:format(standard_error, "the oracle failed: ~tp~n", [Reason]),
            halt(1);
        Output ->
            ok = io:setopts(standard_io, [{encoding, unicode}]),
            ok = file:write(standard_io, unicode:characters_to_binary(Output)),
            halt(0)
    end.

%% The traces of a batch.
-spec run(binary()) -> iolist().
run(Batch) ->
    1 = erlang:system_info(schedulers),
    ok = oracle_report:install(),
    ok = oracle_clock:install(),
    %% Loading a module is work of another process, which the script would not see.
    ok = code:ensure_modules_loaded([
        oracle_action, oracle_call, oracle_clock, oracle_log, oracle_reader, oracle_recorder, oracle_report,
        oracle_root, oracle_script, oracle_settle, oracle_start, oracle_term, oracle_tree, oracle_worker,
        supervisor, gen_server, gen, proc_lib, sys, proplists, maps, lists, string, unicode, logger, logger_config,
        logger_backend, logger_server, error_logger, erl_scan, erl_parse, io_lib, io_lib_format, io_lib_pretty
    ]),
    oracle_recorder:install(),
    %% Those that read the machine's clock come last, when the machine has nothing else to do.
    {Late, Early} = lists:partition(
        fun({_, {_, Text}}) -> takes_time(Text) end,
        lists:enumerate(oracle_reader:split(Batch))
    ),
    Traces = lists:sort(side_by_side(Early) ++ side_by_side(Late)),
    [[Heading, Trace] || {_, Heading, Trace} <- Traces].

read([]) ->
    {ok, Text} = read_all([]),
    Text;
read(Files) ->
    Texts = [
        case file:read_file(File) of
            {ok, Text} -> Text;
            {error, Reason} -> error({File, file:format_error(Reason)})
        end
     || File <- Files
    ],
    iolist_to_binary(lists:join("\n%%%\n", Texts)).

read_all(Read) ->
    case file:read(standard_io, 65536) of
        {ok, Some} -> read_all([Read, Some]);
        eof -> {ok, iolist_to_binary(Read)}
    end.

takes_time(Text) ->
    re:run(Text, "^\\s*(timed|align|sleep|wait)\\s", [multiline, {capture, none}]) =:= match andalso
        re:run(Text, "^\\s*option\\s+clock\\s+virtual", [multiline, {capture, none}]) =:= nomatch.

side_by_side(Scenarios) ->
    side_by_side(Scenarios, #{}, []).

side_by_side([], Running, Done) when map_size(Running) =:= 0 ->
    Done;
side_by_side([{Number, {Heading, Text}} | Rest], Running, Done) when map_size(Running) < ?AT_ONCE ->
    {_, Monitor} = spawn_monitor(fun() -> exit({trace, oracle_script:run(Text)}) end),
    side_by_side(Rest, Running#{Monitor => {Number, Heading}}, Done);
side_by_side(Scenarios, Running, Done) ->
    receive
        {'DOWN', Monitor, process, _, Reason} when is_map_key(Monitor, Running) ->
            {{Number, Heading}, Left} = maps:take(Monitor, Running),
            Trace =
                case Reason of
                    {trace, Lines} -> Lines;
                    _ -> io_lib:format("!! the oracle failed: ~0tp~n", [Reason])
                end,
            side_by_side(Scenarios, Left, [{Number, Heading, Trace} | Done])
    end.
