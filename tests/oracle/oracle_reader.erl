%% Reads scenarios: the format of tests/scenarios/FORMAT.md.
%%
%%   scenario  #{options := #{atom() => term()}, root := block(), steps := [{Line, action()}]}
%%   block     {sup, Name, Keys, [block()]} | {child, Name, Keys}
%%   keys      #{start => [{Token, Times}], onstop => Mode, any other key => term()}
%%   action    the words of its line; a raw term, keys or a block are read, all else is left to who acts
-module(oracle_reader).
-export([split/1, scenario/1, token/1, term/1]).

%% The scenarios of a batch, each with its heading (with a line break, or empty).
-spec split(binary()) -> [{binary(), binary()}].
split(Batch) ->
    Parts = split(binary:split(Batch, <<"\n">>, [global]), <<>>, [], []),
    [Part || {_, Text} = Part <- Parts, lines(Text) =/= []].

split([<<"%%%", _/binary>> = Heading | Lines], Before, Text, Parts) ->
    split(Lines, <<Heading/binary, "\n">>, [], [{Before, joined(Text)} | Parts]);
split([Line | Lines], Heading, Text, Parts) ->
    split(Lines, Heading, [<<Line/binary, "\n">> | Text], Parts);
split([], Heading, Text, Parts) ->
    lists:reverse([{Heading, joined(Text)} | Parts]).

joined(Reversed) ->
    iolist_to_binary(lists:reverse(Reversed)).

%% Each line that says something, as its words.
lines(Text) ->
    Lines = [string:lexemes(Line, " \t\r") || Line <- string:split(unicode:characters_to_list(Text), "\n", all)],
    [Words || [[First | _] | _] = Words <- Lines, First =/= $#].

-spec scenario(binary()) -> map().
scenario(Text) ->
    {Options, Lines} = options(lines(Text), #{
        clock => real, reports => off, settle_timeout => 15000, call_timeout => 10000, watchdog => 120000
    }),
    [["sup" | Root] | Tree] = Lines,
    {Block, [["---"] | Actions]} = sup(Root, Tree),
    #{options => Options, root => Block, steps => steps(Actions)}.

options([["option", Key, Value] | Lines], Options) ->
    options(Lines, Options#{list_to_existing_atom(Key) := term(Value)});
options(Lines, Options) ->
    {Options, Lines}.

sup([Name | Keys], Lines) ->
    {Children, Rest} = children(Lines, []),
    {{sup, list_to_atom(Name), keys(Keys), Children}, Rest}.

children([["end"] | Lines], Children) ->
    {lists:reverse(Children), Lines};
children([["child" | Child] | Lines], Children) ->
    children(Lines, [child(Child) | Children]);
children([["sup" | Sup] | Lines], Children) ->
    {Block, Rest} = sup(Sup, Lines),
    children(Rest, [Block | Children]).

child([Name | Keys]) ->
    {child, list_to_atom(Name), keys(Keys)}.

steps([]) ->
    [];
steps([Words | Lines]) ->
    {Action, Rest} = action(Words, Lines),
    [{lists:join(" ", Words), Action} | steps(Rest)].

action([Prefix | Words], Lines) when Prefix =:= "async"; Prefix =:= "timed" ->
    {Action, Rest} = action(Words, Lines),
    {{list_to_atom(Prefix), lists:join(" ", Words), Action}, Rest};
action(["start_child", Sup, "sup" | Words], Lines) ->
    {Block, Rest} = sup(Words, Lines),
    {{start_child, list_to_atom(Sup), Block}, Rest};
action(["start_child", Sup, "child" | Words], Lines) ->
    {{start_child, list_to_atom(Sup), child(Words)}, Lines};
action(["start_child", Sup, "dyn" | Words], Lines) ->
    {child, Name, Keys} = child(Words),
    {{start_child, list_to_atom(Sup), {dyn, Name, Keys}}, Lines};
action(["start_child", Sup, "term" | Words], Lines) ->
    {{start_child, list_to_atom(Sup), {term, term(lists:flatten(Words))}}, Lines};
action(["upgrade", Sup], [["sup" | Words] | Lines]) ->
    {Block, Rest} = sup(Words, Lines),
    {{upgrade, list_to_atom(Sup), Block}, Rest};
action(["check" | Words], Lines) ->
    {{check, [term(Word) || Word <- Words]}, Lines};
action(["set", Name | Keys], Lines) ->
    {{set, list_to_atom(Name), keys(Keys)}, Lines};
action(["release", Name, Token], Lines) ->
    {{release, list_to_atom(Name), token(Token)}, Lines};
action(["burst", Sup | Exits], Lines) ->
    {{burst, list_to_atom(Sup), [burst_exit(Exit) || Exit <- Exits]}, Lines};
action([Word, Name, Reason], Lines) when Word =:= "exit"; Word =:= "crash"; Word =:= "signal" ->
    {{list_to_atom(Word), list_to_atom(Name), term(Reason)}, Lines};
action(["crash", Name], Lines) ->
    {{crash, list_to_atom(Name), boom}, Lines};
action(["stop"], Lines) ->
    {{stop, shutdown}, Lines};
action(["stop", Reason], Lines) ->
    {{stop, term(Reason)}, Lines};
action([Word, Milliseconds], Lines) when Word =:= "wait"; Word =:= "sleep"; Word =:= "align" ->
    {{list_to_atom(Word), list_to_integer(Milliseconds)}, Lines};
action(["note" | _], Lines) ->
    {note, Lines};
action(["kill_parent"], Lines) ->
    {kill_parent, Lines};
action([Word, Sup, Child], Lines) ->
    {{call, list_to_existing_atom(Word), list_to_atom(Sup), child_name(Child)}, Lines};
action([Word, Name], Lines) ->
    {{list_to_existing_atom(Word), list_to_atom(Name)}, Lines}.

burst_exit(Text) ->
    case string:split(Text, ":") of
        [Name, Reason] -> {list_to_atom(Name), term(Reason)};
        [Name] -> {list_to_atom(Name), boom}
    end.

child_name("pid:" ++ Name) -> {pid, list_to_atom(Name)};
child_name("id:" ++ Name) -> {id, list_to_atom(Name)};
child_name(Name) -> {usual, list_to_atom(Name)}.

keys(Words) ->
    maps:from_list([key(string:split(Word, "=")) || Word <- Words]).

key(["start", Value]) -> {start, [repeated(Part) || Part <- parts(Value, 0, [], [])]};
key(["onstop", Value]) -> {onstop, mode(Value)};
key([Key, Value]) -> {list_to_atom(Key), term(Value)}.

%% At the commas that are not inside of a term.
parts([], _, Part, Parts) -> lists:reverse([lists:reverse(Part) | Parts]);
parts([$, | Rest], 0, Part, Parts) -> parts(Rest, 0, [], [lists:reverse(Part) | Parts]);
parts([C | Rest], Depth, Part, Parts) when C =:= ${; C =:= $[ -> parts(Rest, Depth + 1, [C | Part], Parts);
parts([C | Rest], Depth, Part, Parts) when C =:= $}; C =:= $] -> parts(Rest, Depth - 1, [C | Part], Parts);
parts([C | Rest], Depth, Part, Parts) -> parts(Rest, Depth, [C | Part], Parts).

repeated(Text) ->
    case re:run(Text, "^(.*)\\*([0-9]+)$", [{capture, all_but_first, list}]) of
        {match, [Token, Times]} -> {token(Token), list_to_integer(Times)};
        nomatch -> {token(Text), 1}
    end.

%% What happens at one start.
-spec token(string()) -> atom() | {atom(), term()}.
token(Text) ->
    case string:split(Text, ":") of
        [Word] when Word =:= "ok"; Word =:= "info"; Word =:= "ignore"; Word =:= "gate" -> list_to_atom(Word);
        [Word] -> {list_to_atom(Word), start_failed};
        [Word, Reason] -> {list_to_atom(Word), term(Reason)}
    end.

mode(Text) ->
    case string:split(Text, ":") of
        [Word] -> list_to_atom(Word);
        [Word, Value] -> {list_to_atom(Word), term(Value)}
    end.

%% A term of Erlang.
-spec term(string()) -> term().
term(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    case erl_parse:parse_term(Tokens) of
        {ok, Term} -> Term;
        {error, {_, _, What}} -> error({not_a_term, Text, lists:flatten(What)})
    end.
