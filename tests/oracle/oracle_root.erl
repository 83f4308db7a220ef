%% The process that starts the root of a tree, and is its parent: the only one that a root obeys.
-module(oracle_root).
-export([start/2, stop/3]).
-include("oracle.hrl").

%% The caller gets {Tag, Result} when the start has ended.
-spec start(#run{}, atom()) -> {pid(), reference()}.
start(Run, Root) ->
    Script = self(),
    Tag = make_ref(),
    {spawn_opt(fun() -> parent(Run, Root, Script, Tag) end, [{priority, high}]), Tag}.

%% Asks the root to stop; the caller gets {Tag, Result} when it is gone.
-spec stop(pid(), term(), reference()) -> pid().
stop(Parent, Reason, Tag) ->
    case is_process_alive(Parent) of
        true -> Parent ! {stop, Reason, self(), Tag};
        false -> self() ! {Tag, <<"exit noproc">>}
    end,
    Parent.

parent(Run, Root, Script, Tag) ->
    process_flag(trap_exit, true),
    Result = (catch oracle_start:start(Run, Root)),
    Script ! {Tag, unicode:characters_to_binary(shown(Run, Result))},
    stay(
        case Result of
            {ok, Pid} -> Pid;
            {ok, Pid, _} -> Pid;
            _ -> none
        end
    ).

shown(_, {ok, _}) -> "ok";
shown(Run, {ok, _, Info}) -> ["ok ", oracle_term:show(Run, Info)];
shown(Run, {error, Reason}) -> ["error ", oracle_term:show(Run, Reason)];
shown(_, ignore) -> "ignore";
%% As a supervisor sees it.
shown(Run, Other) -> ["error ", oracle_term:show(Run, Other)].

stay(Root) ->
    receive
        {stop, _, Script, Tag} when Root =:= none ->
            Script ! {Tag, <<"exit noproc">>};
        {stop, Reason, Script, Tag} ->
            spawn_opt(
                fun() ->
                    %% Not by the reason of its end: that may be noproc.
                    Lives = is_process_alive(Root),
                    Monitor = monitor(process, Root),
                    receive
                        {'DOWN', Monitor, process, Root, _} when Lives -> Script ! {Tag, <<"ok">>};
                        {'DOWN', Monitor, process, Root, _} -> Script ! {Tag, <<"exit noproc">>}
                    end
                end,
                [{priority, high}]
            ),
            erlang:yield(),
            exit(Root, Reason);
        _ ->
            ok
    end,
    stay(Root).
