%% Calls of a supervisor, and their results as traces show them.
%%
%% Each is made by a process of its own, above all that is under test: when the script goes on, the call has been
%% sent, and an answer is looked at before anything can change.
-module(oracle_call).
-export([ask/4, is_call/1, children/2]).
-include("oracle.hrl").

-spec is_call(term()) -> boolean().
is_call({Kind, _}) -> lists:member(Kind, [which, count, check, stop]);
is_call({Kind, _, _}) -> lists:member(Kind, [start_child, upgrade]);
is_call({call, _, _, _}) -> true;
is_call(_) -> false.

%% The caller gets {Tag, Result} when there is one.
-spec ask(#run{}, pid(), term(), reference()) -> pid().
ask(_, Parent, {stop, Reason}, Tag) ->
    oracle_root:stop(Parent, Reason, Tag);
ask(Run, _, Action, Tag) ->
    Script = self(),
    spawn_opt(
        fun() ->
            Result =
                try
                    result(Run, perform(Run, Action))
                catch
                    exit:{Reason, {_, _, _}} -> ["exit ", oracle_term:show(Run, Reason)];
                    exit:Reason -> ["exit ", oracle_term:show(Run, Reason)]
                end,
            Script ! {Tag, unicode:characters_to_binary(Result)}
        end,
        [{priority, max}]
    ).

%% The children of a supervisor that lives, as `which` shows them, and the names of those that are supervisors,
%% in start order.
-spec children(#run{}, atom()) -> {iodata(), [atom()]} | none.
children(Run, Sup) ->
    #run{options = #{call_timeout := Longest}} = Run,
    try gen_server:call(pid(Run, Sup), which_children, Longest) of
        Children ->
            Names = [oracle_log:process(Run, Pid) || {_, Pid, _, _} <- lists:reverse(Children), is_pid(Pid)],
            {result(Run, {children, is_dynamic(Run, Sup), Children}), [Name || {Name, _, sup, _} <- Names]}
    catch
        exit:{timeout, _} -> {"!! no answer in time", []};
        exit:_ -> none
    end.

perform(Run, {which, Sup}) ->
    {children, is_dynamic(Run, Sup), supervisor:which_children(pid(Run, Sup))};
perform(Run, {count, Sup}) ->
    {counts, supervisor:count_children(pid(Run, Sup))};
perform(_, {check, [Specs]}) ->
    supervisor:check_childspecs(Specs);
perform(_, {check, [Specs, Auto]}) ->
    supervisor:check_childspecs(Specs, Auto);
perform(Run, {start_child, Sup, {term, Term}}) ->
    supervisor:start_child(pid(Run, Sup), Term);
perform(Run, {start_child, Sup, {dyn, Name, Keys}}) ->
    oracle_log:script(Run, Name, maps:merge(template_script(Run, Sup, Name), Keys)),
    supervisor:start_child(pid(Run, Sup), [Name]);
perform(Run, {start_child, Sup, Block}) ->
    oracle_log:specify(Run, Block),
    supervisor:start_child(pid(Run, Sup), oracle_tree:child_spec(Run, Block));
perform(Run, {upgrade, Sup, {sup, _, Keys, Children}}) ->
    Pid = pid(Run, Sup),
    %% Nobody to suspend: exits here, before anything has changed.
    ok = sys:suspend(Pid),
    %% The new code is there from now on, also if the running process refuses it.
    oracle_log:specify(Run, {sup, Sup, Keys, Children}),
    try
        sys:change_code(Pid, Run#run.supervisor, undefined, [])
    after
        sys:resume(Pid)
    end;
perform(Run, {call, Function, Sup, Child}) ->
    supervisor:Function(pid(Run, Sup), child(Run, Sup, Child)).

pid(Run, Sup) ->
    case oracle_log:newest(Run, Sup) of
        none -> exit(noproc);
        Pid -> Pid
    end.

%% By its pid, or by its id: as is said, or as is usual there.
child(_, _, {id, Name}) ->
    Name;
child(Run, _, {pid, Name}) ->
    case oracle_log:newest(Run, Name) of
        none -> Name;
        Pid -> Pid
    end;
child(Run, Sup, {usual, Name}) ->
    case is_dynamic(Run, Sup) of
        true -> child(Run, Sup, {pid, Name});
        false -> Name
    end.

is_dynamic(Run, Sup) ->
    oracle_tree:is_dynamic(Run, Sup).

%% A new instance does as its template does, where nothing else is said.
template_script(Run, Sup, Name) ->
    case {oracle_log:newest(Run, Name), oracle_log:specification(Run, Sup)} of
        {none, {_, [{child, _, Keys}]}} -> maps:with([start, onstop], Keys);
        _ -> #{}
    end.

result(Run, {children, IsDynamic, Children}) ->
    Shown = [iolist_to_binary(entry(Run, Child)) || Child <- Children],
    Ordered =
        case IsDynamic of
            true -> lists:sort(Shown);
            false -> Shown
        end,
    [$[, lists:join(", ", Ordered), $]];
result(_, {counts, Counts}) ->
    lists:join($\s, [
        [atom_to_list(Key), $=, integer_to_list(proplists:get_value(Key, Counts))]
     || Key <- [specs, active, supervisors, workers]
    ]);
result(Run, {ok, #{id := Id} = Spec}) ->
    Rest = [
        [$\s, atom_to_list(Key), $=, oracle_term:show(Run, maps:get(Key, Spec))]
     || Key <- [restart, significant, shutdown, type]
    ],
    ["id=", oracle_term:show(Run, Id), Rest];
result(Run, Tuple) when is_tuple(Tuple) ->
    lists:join($\s, [oracle_term:show(Run, Part) || Part <- tuple_to_list(Tuple)]);
result(Run, Other) ->
    oracle_term:show(Run, Other).

entry(Run, {Id, Pid, _, _}) when is_pid(Pid) ->
    {Name, Incarnation, _, _} = oracle_log:process(Run, Pid),
    Shown =
        case Id of
            undefined -> Name;
            _ -> Id
        end,
    %% As it has been written down: to ask the process would let it go on.
    State =
        case oracle_recorder:is_alive(Run, Pid) of
            true -> ["up#", integer_to_list(Incarnation)];
            false -> "dead"
        end,
    [oracle_term:show(Run, Shown), $=, State];
entry(Run, {Id, State, _, _}) ->
    [oracle_term:show(Run, Id), $=, atom_to_list(State)].
