%% Terms and events as traces show them: atoms without quotes, and what differs from run to run by its name.
%%
%% Not by io_lib:format, which asks another process what is printable: callers must not wait for any but supervisors.
-module(oracle_term).
-export([show/2, event/2]).
-include("oracle.hrl").

-spec show(#run{}, term()) -> iolist().
show(_, Atom) when is_atom(Atom) ->
    atom_to_list(Atom);
show(Run, Pid) when is_pid(Pid) ->
    oracle_log:name(Run, Pid);
show(_, Reference) when is_reference(Reference) ->
    "REF";
show(_, Child) when is_tuple(Child), tuple_size(Child) > 6, element(1, Child) =:= child ->
    "CHILD";
show(Run, Tuple) when is_tuple(Tuple) ->
    [${, listed(Run, tuple_to_list(Tuple)), $}];
show(_, []) ->
    "[]";
show(Run, [_ | _] = List) ->
    case {is_stack(List), io_lib:printable_unicode_list(List)} of
        {true, _} -> "STACK";
        {_, true} -> io_lib:write_string(List);
        _ -> [$[, listed(Run, List), $]]
    end;
%% A specification of the oracle's own: its id.
show(Run, #{id := Id, start := {oracle_start, start, _}}) ->
    show(Run, Id);
show(Run, Map) when is_map(Map) ->
    Pairs = [[show(Run, Key), " => ", show(Run, Value)] || {Key, Value} <- lists:sort(maps:to_list(Map))],
    ["#{", lists:join($,, Pairs), $}];
show(_, Integer) when is_integer(Integer) ->
    integer_to_list(Integer);
show(_, Other) ->
    io_lib:write(Other).

listed(Run, Terms) ->
    lists:join($,, [show(Run, Term) || Term <- Terms]).

is_stack(List) ->
    is_integer(catch length(List)) andalso
        lists:all(
            fun
                ({Module, Function, Arity, Place}) ->
                    is_atom(Module) andalso is_atom(Function) andalso
                        (is_integer(Arity) orelse is_list(Arity)) andalso is_list(Place);
                (_) ->
                    false
            end,
            List
        ).

%% The words of an event. All but reasons are names, numbers and keywords.
-spec event(#run{}, tuple()) -> iolist().
event(Run, {Kind, Name}) when Kind =:= gate; Kind =:= stop_gate; Kind =:= start_ignore ->
    words([atom_to_list(Kind), show(Run, Name)]);
event(Run, {start_error, Name, Reason}) ->
    words(["start_error", show(Run, Name), show(Run, Reason)]);
event(Run, {report, Sup, Context, Name, Reason}) ->
    words(["report" | [show(Run, Word) || Word <- [Sup, Context, Name, Reason]]]);
event(Run, {Kind, Name, Incarnation}) ->
    words([atom_to_list(Kind), show(Run, Name), incarnation(Incarnation)]);
event(Run, {Kind, Name, Incarnation, Reason}) ->
    words([atom_to_list(Kind), show(Run, Name), incarnation(Incarnation), show(Run, Reason)]).

incarnation(Number) ->
    [$# | integer_to_list(Number)].

words(Words) ->
    lists:join($\s, Words).
