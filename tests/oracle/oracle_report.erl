%% The supervisors' error reports, as events of the run they belong to.
%%
%% A handler of OTP's logger runs in the process that reports: the supervisor. All other handlers are taken away,
%% and the reports of crashes, which nobody compares, are not even made.
-module(oracle_report).
-export([install/0, log/2]).
-include("oracle.hrl").

-spec install() -> ok.
install() ->
    [ok = logger:remove_handler(Handler) || Handler <- logger:get_handler_ids()],
    ok = logger:set_primary_config(level, error),
    ok = logger:set_module_level([proc_lib, gen_server], none),
    logger:add_handler(?MODULE, ?MODULE, #{}).

-spec log(logger:log_event(), logger:handler_config()) -> ok.
log(#{msg := {report, #{label := {supervisor, _}, report := Report}}}, _) ->
    case oracle_tree:current() of
        {#run{options = #{reports := on}} = Run, Name} ->
            Offender = proplists:get_value(offender, Report),
            oracle_log:event(Run, {
                report,
                Name,
                proplists:get_value(errorContext, Report),
                offender(Run, proplists:get_value(pid, Offender), proplists:get_value(id, Offender)),
                proplists:get_value(reason, Report)
            });
        _ ->
            ok
    end,
    ok;
log(_, _) ->
    ok.

%% The id; of an instance, which has none, the name.
offender(Run, {restarting, Pid}, Id) ->
    offender(Run, Pid, Id);
offender(Run, Pid, Id) when is_pid(Pid) ->
    case oracle_log:process(Run, Pid) of
        {Name, _, instance, _} -> Name;
        _ -> Id
    end;
offender(_, _, Id) ->
    Id.
