%% Erlang/OTP under the workloads that every peer runs, one line of JSON for each: gen_server and supervisor. Those of
%% a supervisor with many children are in `supervision`.
%%
%% Started by `run [WORKLOAD|all] [SHARE]`: SHARE shrinks every count, 0.01 is a smoke run.
-module(bench).
-behaviour(gen_server).
-export([main/1, start_child/2, init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(MESSAGES, 1000000).
-define(REPETITIONS, 2).
-define(SEQUENTIAL, 200000).
-define(CONCURRENT, 640000).
-define(RESTARTS, 4000).
-define(WARM_UP, 200).
%% For so long somebody is asked before the first restart, in nanoseconds: a processor that has idled is slow to wake.
-define(WARM_UP_ASKS, 200000000).
%% A fresh supervisor after so many: it looks through the restarts of the period at each restart.
-define(PER_SUPERVISOR, 200).
-define(ACTORS, 100000).

workloads() ->
    [{"tell_1", "msg/s", fun(Share) -> tell(1, Share) end},
     {"tell_4", "msg/s", fun(Share) -> tell(4, Share) end},
     {"ask_1", "ns", fun ask_one/1},
     {"ask_64", "ask/s", fun(Share) -> ask_many(64, Share) end},
     {"restart_error", "us", fun(Share) -> restart(error, Share) end},
     {"restart_panic", "us", fun(Share) -> restart(panic, Share) end},
     {"spawn_100k", "us", fun spawn_crowd/1},
     {"stop_100k", "us", fun stop_crowd/1},
     {"memory_idle", "B", fun memory/1} | supervision:workloads()].

main(Arguments) ->
    {Wanted, Share} = arguments(Arguments),
    Chosen = [Workload || {Name, _, _} = Workload <- workloads(), Wanted =:= "all" orelse Wanted =:= Name],
    Chosen =:= [] andalso fail("no workload `~s`; there are ~s",
                               [Wanted, lists:join(", ", [Name || {Name, _, _} <- workloads()])]),
    [measure(Workload, Share) || Workload <- Chosen],
    halt(0).

arguments([]) -> {"all", 1.0};
arguments([Wanted]) -> {Wanted, 1.0};
arguments([Wanted, Share | _]) ->
    {Wanted, try float(list_to_integer(Share)) catch error:badarg ->
        try list_to_float(Share) catch error:badarg ->
            fail("expected a number as the share of the counts, such as 0.01", [])
        end
    end}.

fail(Format, Arguments) ->
    io:format(standard_error, Format ++ "~n", Arguments),
    halt(1).

%% Each in a process of its own, so that no workload inherits the heap of the one before.
measure({Name, Unit, Fun}, Share) ->
    {Driver, Monitor} = spawn_monitor(fun() -> exit({measured, Fun(Share)}) end),
    receive
        {'DOWN', Monitor, process, Driver, {measured, Value}} ->
            io:format("{\"peer\":\"erlang\",\"workload\":\"~s\",\"value\":~.1f,\"unit\":\"~s\"}~n",
                      [Name, float(Value), Unit]);
        {'DOWN', Monitor, process, Driver, Reason} ->
            fail("~s ended with ~p", [Name, Reason])
    end.

%% Messages per second, from the first send to the reply of a call sent after the last.
tell(Producers, Share) ->
    Each = count(?MESSAGES div Producers, Share),
    {ok, Worker} = gen_server:start(?MODULE, sum, []),
    flood(Worker, Producers, count(Each, 0.2)),
    Begin = now_ns(),
    [flood(Worker, Producers, Each) || _ <- lists:seq(1, ?REPETITIONS)],
    ?REPETITIONS * Producers * Each * 1.0e9 / (now_ns() - Begin).

flood(Worker, Producers, Each) ->
    Before = gen_server:call(Worker, read, infinity),
    all(Producers, fun() -> produce(Worker, Each) end),
    Sent = Producers * Each,
    Sent = gen_server:call(Worker, read, infinity) - Before.

produce(_, 0) -> ok;
produce(Worker, Left) ->
    gen_server:cast(Worker, {add, 1}),
    produce(Worker, Left - 1).

%% The median in nanoseconds; one reading of the clock per call is included.
ask_one(Share) ->
    {ok, Worker} = gen_server:start(?MODULE, sum, []),
    Asks = count(?SEQUENTIAL, Share),
    ask(Worker, count(Asks, 0.1)),
    median(timed(Worker, Asks, now_ns(), [])).

timed(_, 0, _, Samples) -> Samples;
timed(Worker, Left, Before, Samples) ->
    _ = gen_server:call(Worker, read, infinity),
    After = now_ns(),
    timed(Worker, Left - 1, After, [After - Before | Samples]).

%% Calls per second of so many processes, each of which calls one at a time.
ask_many(Callers, Share) ->
    {ok, Worker} = gen_server:start(?MODULE, sum, []),
    Each = count(?CONCURRENT div Callers, Share),
    all(Callers, fun() -> ask(Worker, count(Each, 0.2)) end),
    Begin = now_ns(),
    all(Callers, fun() -> ask(Worker, Each) end),
    Callers * Each * 1.0e9 / (now_ns() - Begin).

ask(_, 0) -> ok;
ask(Worker, Left) ->
    _ = gen_server:call(Worker, read, infinity),
    ask(Worker, Left - 1).

%% Microseconds from the crash message to the reply of the next incarnation.
restart(How, Share) ->
    Samples = restarts(How, count(?RESTARTS, Share) + ?WARM_UP, []),
    {Measured, _} = lists:split(length(Samples) - ?WARM_UP, Samples), % the newest come first
    median(Measured) / 1000.

restarts(_, Left, Samples) when Left =< 0 -> Samples;
restarts(How, Left, Samples) ->
    Batch = min(Left, ?PER_SUPERVISOR),
    {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, self()}),
    First = started(),
    Samples =:= [] andalso ask_until(now_ns() + ?WARM_UP_ASKS, First),
    New = restarts_of(How, First, Batch, Samples),
    unlink(Supervisor),
    gen_server:stop(Supervisor),
    restarts(How, Left - Batch, New).

restarts_of(_, _, 0, Samples) -> Samples;
restarts_of(How, Child, Left, Samples) ->
    Begin = now_ns(),
    gen_server:cast(Child, How),
    Next = started(),
    _ = gen_server:call(Next, read, infinity),
    restarts_of(How, Next, Left - 1, [now_ns() - Begin | Samples]).

started() -> receive {started, Child} -> Child end.

ask_until(Time, Child) ->
    _ = gen_server:call(Child, read, infinity),
    now_ns() < Time andalso ask_until(Time, Child).

start_child(link, Role) -> gen_server:start_link(?MODULE, Role, []).

%% Microseconds per process, until every one has run its init.
spawn_crowd(Share) ->
    Actors = count(?ACTORS, Share),
    Begin = now_ns(),
    _ = crowd(Actors),
    (now_ns() - Begin) / 1000 / Actors.

%% Microseconds per process, until every one has ended.
stop_crowd(Share) ->
    Actors = count(?ACTORS, Share),
    Crowd = crowd(Actors),
    [monitor(process, Idle) || Idle <- Crowd],
    Begin = now_ns(),
    [gen_server:cast(Idle, stop) || Idle <- Crowd],
    ended(Actors),
    (now_ns() - Begin) / 1000 / Actors.

ended(0) -> ok;
ended(Left) -> receive {'DOWN', _, process, _, normal} -> ended(Left - 1) end.

%% Bytes by which the resident memory grows per process, the list of their names included.
memory(Share) ->
    Actors = count(?ACTORS, Share),
    Before = resident(),
    Crowd = crowd(Actors),
    Each = (resident() - Before) / Actors,
    Actors = length(Crowd),
    Each.

crowd(Actors) -> [element(2, {ok, _} = gen_server:start(?MODULE, idle, [])) || _ <- lists:seq(1, Actors)].

resident() ->
    {ok, Status} = file:read_file("/proc/" ++ os:getpid() ++ "/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s+(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Kilobytes) * 1024.

%% What the processes are.
init(sum) -> {ok, 0};
init(idle) -> {ok, idle};
init({child, Driver}) ->
    Driver ! {started, self()},
    {ok, 0};
init({supervisor, Driver}) ->
    Flags = #{strategy => one_for_one, intensity => 1000000, period => 1},
    Start = {?MODULE, start_child, [link, {child, Driver}]},
    {ok, {Flags, [#{id => child, start => Start, restart => permanent}]}}.

handle_call(read, _, Sum) -> {reply, Sum, Sum}.

handle_cast({add, Amount}, Sum) -> {noreply, Sum + Amount};
handle_cast(stop, State) -> {stop, normal, State};
handle_cast(error, State) -> {stop, as_wanted, State};
handle_cast(panic, _) -> error(as_wanted).

handle_info(_, State) -> {noreply, State}.

%% Runs so many processes to their end.
all(Processes, Fun) ->
    Running = [spawn_monitor(Fun) || _ <- lists:seq(1, Processes)],
    [receive {'DOWN', Monitor, process, Pid, normal} -> ok end || {Pid, Monitor} <- Running].

count(Full, Share) -> max(1, trunc(Full * Share)).

median(Samples) -> lists:nth(length(Samples) div 2 + 1, lists:sort(Samples)).

now_ns() -> erlang:monotonic_time(nanosecond).
