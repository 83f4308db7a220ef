%% The clock that a supervisor reads: the machine's, or one that only the script moves.
%%
%% For `option clock virtual` a second supervisor is made when the oracle starts: OTP's own, compiled from the
%% abstract code inside of its supervisor.beam under the name supervisor_virtual, with two changes. The one call
%% of the clock (erlang:monotonic_time in add_restart/1) becomes seconds/0 of this module, and start_link/2,3
%% name the new module to gen_server. Should a future OTP not have exactly these places, the oracle says so and
%% does not start. No code of OTP is kept here: it is taken from the machine at hand.
-module(oracle_clock).
-export([install/0, supervisors/0, supervisor/1, attach/1, seconds/0, now/1, advance/2]).
-include("oracle.hrl").

-define(VIRTUAL, supervisor_virtual).

%% Loads the supervisor with the virtual clock; makes it, if it has not been made beside this module.
-spec install() -> ok.
install() ->
    case code:ensure_loaded(?VIRTUAL) of
        {module, ?VIRTUAL} -> ok;
        {error, nofile} -> make()
    end.

make() ->
    {ok, {supervisor, [{abstract_code, {_, Forms}}]}} =
        beam_lib:chunks(code:which(supervisor), [abstract_code]),
    {Changed, Clocks} = lists:mapfoldl(fun change/2, 0, Forms),
    {clock_calls, 1} = {clock_calls, Clocks},
    {ok, ?VIRTUAL, Binary} = compile:forms(Changed, [no_error_module_mismatch]),
    File = filename:join(filename:dirname(code:which(?MODULE)), atom_to_list(?VIRTUAL)) ++ ".beam",
    ok = file:write_file(File, Binary),
    {module, ?VIRTUAL} = code:load_binary(?VIRTUAL, File, Binary),
    ok.

change({attribute, Place, module, supervisor}, Clocks) ->
    {{attribute, Place, module, ?VIRTUAL}, Clocks};
change({function, Place, start_link, Arity, Clauses}, Clocks) ->
    {{function, Place, start_link, Arity, rename(Clauses)}, Clocks};
change({function, Place, add_restart, 1, Clauses}, Clocks) ->
    {Changed, Calls} = replace_clock(Clauses, Clocks),
    {{function, Place, add_restart, 1, Changed}, Calls};
change(Form, Clocks) ->
    {Form, Clocks}.

rename({atom, Place, supervisor}) -> {atom, Place, ?VIRTUAL};
rename(Tuple) when is_tuple(Tuple) -> list_to_tuple(rename(tuple_to_list(Tuple)));
rename(List) when is_list(List) -> [rename(Part) || Part <- List];
rename(Other) -> Other.

replace_clock({call, Place, {remote, _, {atom, _, erlang}, {atom, _, monotonic_time}}, _}, Calls) ->
    {{call, Place, {remote, Place, {atom, Place, ?MODULE}, {atom, Place, seconds}}, []}, Calls + 1};
replace_clock(Tuple, Calls) when is_tuple(Tuple) ->
    {Parts, Total} = replace_clock(tuple_to_list(Tuple), Calls),
    {list_to_tuple(Parts), Total};
replace_clock([First | Rest], Calls) ->
    {NewFirst, Some} = replace_clock(First, Calls),
    {NewRest, All} = replace_clock(Rest, Some),
    {[NewFirst | NewRest], All};
replace_clock(Other, Calls) ->
    {Other, Calls}.

%% Both.
-spec supervisors() -> [module()].
supervisors() -> [supervisor, ?VIRTUAL].

%% The supervisor of a scenario with this clock.
-spec supervisor(real | virtual) -> module().
supervisor(real) -> supervisor;
supervisor(virtual) -> ?VIRTUAL.

%% The calling supervisor reads this run's clock from now on.
-spec attach(#run{}) -> ok.
attach(#run{clock = Clock}) ->
    put(?MODULE, Clock),
    ok.

%% What a supervisor with the virtual clock reads: whole seconds.
-spec seconds() -> non_neg_integer().
seconds() ->
    atomics:get(get(?MODULE), 1) div 1000.

%% The virtual time in milliseconds.
-spec now(#run{}) -> non_neg_integer().
now(#run{clock = Clock}) ->
    atomics:get(Clock, 1).

-spec advance(#run{}, non_neg_integer()) -> ok.
advance(#run{clock = Clock}, Milliseconds) ->
    atomics:add(Clock, 1, Milliseconds).
