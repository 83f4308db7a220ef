%% Runs one scenario: starts its tree, does one action after the other, each when nothing moves, and writes down
%% what comes of each.
-module(oracle_script).
-export([run/1]).
-include("oracle.hrl").

-record(state, {
    run :: #run{},
    %% The process that starts the root, and is its parent.
    parent :: pid(),
    %% The calls whose replies are still to be printed, the latest first: {Tag, Text}.
    asked = [] :: [{reference(), iodata()}],
    %% Who gets the lines of the trace.
    reader :: pid()
}).

%% The trace. The caller must not live on: its tables and processes end with it.
-spec run(binary()) -> iodata().
run(Text) ->
    #{options := #{watchdog := Longest} = Options} = Scenario = oracle_reader:scenario(Text),
    Run = oracle_recorder:start(oracle_log:new(Options)),
    Reader = self(),
    {Script, Monitor} = spawn_monitor(fun() -> trace(Run, Reader, Scenario) end),
    Watchdog = erlang:start_timer(Longest, self(), watchdog),
    Lines = collect(Script, Monitor, Watchdog),
    clear(Run),
    Lines.

%% The lines of the trace, also those before a trouble.
collect(Script, Monitor, Watchdog) ->
    receive
        {line, Line} ->
            [Line, $\n | collect(Script, Monitor, Watchdog)];
        {'DOWN', Monitor, process, Script, normal} ->
            [];
        {'DOWN', Monitor, process, Script, Reason} ->
            [io_lib:format("!! the script failed: ~0tp~n", [Reason])];
        {timeout, Watchdog, watchdog} ->
            exit(Script, kill),
            ["!! the watchdog has ended the scenario\n"]
    end.

%% Nobody may be left: the supervisors first, so that none starts another.
clear(#run{recorder = Recorder} = Run) ->
    All = oracle_recorder:alive(Run, sup) ++ oracle_recorder:alive(Run, '_'),
    unlink(Recorder),
    exit(Recorder, kill),
    [exit(Pid, kill) || Pid <- All].

trace(Run, Reader, #{root := {sup, Root, _, _} = Block, steps := Steps}) ->
    oracle_log:specify(Run, Block),
    {Parent, Tag} = oracle_root:start(Run, Root),
    Begun = line("> start", #state{run = Run, parent = Parent, reader = Reader}),
    Started = answered(Tag, "start", Begun),
    final(Root, lists:foldl(fun step/2, Started, Steps)).

step({Line, Action}, State) ->
    act(Action, Line, line(["> ", Line], State)).

act({async, Line, Action}, _, State) ->
    Tag = call(Action, State),
    settled([], State#state{asked = [{Tag, Line} | State#state.asked]});
act({timed, Line, Action}, _, State) ->
    Begin = erlang:monotonic_time(millisecond),
    Done = act(Action, Line, State),
    line(["  elapsed ", integer_to_list((erlang:monotonic_time(millisecond) - Begin) div 100 * 100)], Done);
act(Action, Line, State) ->
    case oracle_call:is_call(Action) of
        true -> answered(call(Action, State), Line, State);
        false -> settled(done(oracle_action:perform(State#state.run, State#state.parent, Action)), State)
    end.

call(Action, #state{run = Run, parent = Parent}) ->
    Tag = make_ref(),
    oracle_call:ask(Run, Parent, Action, Tag),
    Tag.

done(ok) -> [];
done({trouble, Text}) -> [["  !! ", Text]].

%% Waits for the answer of a call, and prints it below the events. Where a gate keeps it back, it comes later.
answered(Tag, Line, #state{run = Run} = State) ->
    #run{options = #{call_timeout := Longest}} = Run,
    case answer(Run, Tag, erlang:monotonic_time(millisecond) + Longest) of
        {answer, Result} -> settled([["  = ", Result]], State);
        held -> settled([], State#state{asked = [{Tag, Line} | State#state.asked]});
        timeout -> settled(["  !! no answer in time"], State)
    end.

answer(Run, Tag, Deadline) ->
    erlang:yield(),
    IsHeld = oracle_settle:gates(Run) =/= [] andalso oracle_settle:is_quiet(Run),
    receive
        {Tag, Result} -> {answer, Result}
    after 0 ->
        case IsHeld of
            true ->
                held;
            false ->
                receive
                    {Tag, Result} -> {answer, Result}
                after 1 ->
                    case erlang:monotonic_time(millisecond) < Deadline of
                        true -> answer(Run, Tag, Deadline);
                        false -> timeout
                    end
                end
        end
    end.

%% Waits until nothing moves; then prints what has happened, these lines, and the replies that have come.
settled(Last, #state{run = #run{options = #{settle_timeout := Longest}} = Run} = State) ->
    Trouble = [["  !! not quiescent"] || not oracle_settle:wait(Run, Longest)],
    Events = [["  ", oracle_term:event(Run, Event)] || Event <- oracle_log:flush(Run)],
    replies(lists:foldl(fun line/2, State, Events ++ Last ++ Trouble)).

%% In the order of asking.
replies(#state{asked = Asked} = State) ->
    {Waiting, Replied} = lists:foldr(
        fun({Tag, Line}, {Still, Lines}) ->
            receive
                {Tag, Result} -> {Still, line(["  reply ", Line, " = ", Result], Lines)}
            after 0 -> {[{Tag, Line} | Still], Lines}
            end
        end,
        {[], State},
        Asked
    ),
    Replied#state{asked = Waiting}.

line(Line, #state{reader = Reader} = State) ->
    Reader ! {line, Line},
    State.

%% Every supervisor that lives, from the root down, with its children.
final(Root, State) ->
    children(Root, line("> final", State)).

children(Sup, #state{run = Run} = State) ->
    case oracle_call:children(Run, Sup) of
        {Shown, Below} -> lists:foldl(fun children/2, line(["children ", atom_to_list(Sup), ": ", Shown], State), Below);
        none -> State
    end.
