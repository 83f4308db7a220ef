%% Supervisors as a scenario writes them: OTP's callback, and child specifications.
%%
%% Keys are passed on as they were written, right or wrong, and only those that were written: defaults and errors
%% are OTP's own.
-module(oracle_tree).
-behaviour(supervisor).
-export([start_link/2, init/1, child_spec/2, is_dynamic/2, current/0]).
-include("oracle.hrl").

-spec start_link(#run{}, atom()) -> {ok, pid()} | {error, term()} | ignore.
start_link(#run{supervisor = Supervisor} = Run, Name) ->
    Supervisor:start_link(?MODULE, {Run, Name, self()}).

%% The run and the name of the supervisor that calls this.
-spec current() -> {#run{}, atom()} | undefined.
current() ->
    get(?MODULE).

init({Run, Name, Parent}) ->
    case get(?MODULE) of
        undefined ->
            process_flag(priority, high),
            put(?MODULE, {Run, Name}),
            oracle_clock:attach(Run),
            Incarnation = oracle_recorder:watch(Run, self(), Name, {sup, Parent}),
            oracle_log:event(Run, {sup_start, Name, Incarnation});
        {_, Name} ->
            %% A code change: init is asked again.
            ok
    end,
    {Keys, Children} = oracle_log:specification(Run, Name),
    Flags = maps:with([strategy, intensity, period, auto_shutdown], Keys),
    {ok, {Flags, [template(Flags, child_spec(Run, Child)) || Child <- Children]}}.

%% The instances of a template are told their names when they are started.
template(#{strategy := simple_one_for_one}, #{start := {Module, Function, [Run, Name]}} = Spec) ->
    Spec#{start := {Module, Function, [Run, {instance_of, Name}]}};
template(_, Spec) ->
    Spec.

-spec child_spec(#run{}, tuple()) -> supervisor:child_spec().
child_spec(Run, {child, Name, Keys}) ->
    child_spec(Run, Name, Keys);
child_spec(Run, {sup, Name, Keys, _}) ->
    child_spec(Run, Name, maps:merge(#{type => supervisor}, Keys)).

child_spec(Run, Name, Keys) ->
    Written = maps:with([restart, shutdown, significant, type], Keys),
    Written#{id => Name, start => {oracle_start, start, [Run, Name]}}.

%% Whether a supervisor's children are instances of one template.
-spec is_dynamic(#run{}, atom()) -> boolean().
is_dynamic(Run, Name) ->
    case oracle_log:specification(Run, Name) of
        {#{strategy := simple_one_for_one}, _} -> true;
        _ -> false
    end.
