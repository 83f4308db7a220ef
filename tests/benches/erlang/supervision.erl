%% Erlang's supervisor with many children: what it does when they crash, and what it costs to start and stop them.
-module(supervision).
-behaviour(gen_server).
-export([workloads/0, start_child/1, init/1, handle_call/3, handle_cast/2]).

-define(RESTARTS, 150).
-define(WARM_UP, 50).
-define(WARM_UP_ASKS, 200000000). % nanoseconds
-define(RESTARTS_OF_ALL, 10).
%% Families of fewer children are not made smaller by a share.
-define(SMALL, 1000).

workloads() ->
    [{"error_among_1", "us", fun(_) -> restart(error, 1) end},
     {"error_among_1k", "us", fun(Share) -> restart(error, size(1000, Share)) end},
     {"error_among_100k", "us", fun(Share) -> restart(error, size(100000, Share)) end},
     {"panic_among_1", "us", fun(_) -> restart(panic, 1) end},
     {"panic_among_1k", "us", fun(Share) -> restart(panic, size(1000, Share)) end},
     {"panic_among_100k", "us", fun(Share) -> restart(panic, size(100000, Share)) end},
     {"one_for_all_1k", "ms", fun(Share) -> one_for_all(1000, Share) end},
     {"start_children_10k", "us", fun(Share) -> start(size(10000, Share)) end},
     {"start_children_100k", "us", fun(Share) -> start(size(100000, Share)) end},
     {"stop_children_10k", "us", fun(Share) -> stop(size(10000, Share)) end},
     {"stop_children_100k", "us", fun(Share) -> stop(size(100000, Share)) end},
     {"deaths_1k", "us", fun(Share) -> deaths(size(1000, Share)) end},
     {"deaths_10k", "us", fun(Share) -> deaths(size(10000, Share)) end}].

%% Microseconds from the message that crashes one of so many to the reply of its next incarnation, the median.
restart(How, Size) ->
    {_, Children} = running(one_for_one, Size),
    Child = lists:nth(Size div 2 + 1, Children),
    ask_until(now_ns() + ?WARM_UP_ASKS, Child),
    {Next, _} = restarts(How, Child, ?WARM_UP, []),
    {_, Samples} = restarts(How, Next, ?RESTARTS, []),
    median(Samples) / 1000.

ask_until(Time, Child) ->
    pong = gen_server:call(Child, ping, infinity),
    case now_ns() < Time of
        true -> ask_until(Time, Child);
        false -> ok
    end.

restarts(_, Child, 0, Samples) -> {Child, Samples};
restarts(How, Child, Left, Samples) ->
    Begin = now_ns(),
    gen_server:cast(Child, How),
    [Next] = started(1),
    pong = gen_server:call(Next, ping, infinity),
    restarts(How, Next, Left - 1, [now_ns() - Begin | Samples]).

%% Milliseconds from the message that crashes one of so many until all of them have started again, the median.
one_for_all(Size, Share) ->
    {_, Children} = running(one_for_all, Size),
    {Next, _} = restarts_of_all(Children, Size, 1, []),
    {_, Samples} = restarts_of_all(Next, Size, count(?RESTARTS_OF_ALL, Share), []),
    median(Samples) / 1000000.

restarts_of_all(Children, _, 0, Samples) -> {Children, Samples};
restarts_of_all(Children, Size, Left, Samples) ->
    Begin = now_ns(),
    gen_server:cast(lists:nth(Size div 2 + 1, Children), error),
    Next = started(Size),
    Sample = now_ns() - Begin,
    [pong = gen_server:call(Child, ping, infinity) || Child <- Next],
    restarts_of_all(Next, Size, Left - 1, [Sample | Samples]).

%% Microseconds for each of so many, until the last one has started.
start(Size) ->
    Begin = now_ns(),
    _ = running(one_for_one, Size),
    (now_ns() - Begin) / 1000 / Size.

%% Microseconds for each of so many, until the last one is gone.
stop(Size) ->
    {Supervisor, _} = running(one_for_one, Size),
    unlink(Supervisor),
    Begin = now_ns(),
    gen_server:stop(Supervisor, shutdown, infinity),
    (now_ns() - Begin) / 1000 / Size.

%% Microseconds for each of so many that are all told to crash, until the last one has started again.
deaths(Size) ->
    {_, Children} = running(one_for_one, Size),
    Begin = now_ns(),
    [gen_server:cast(Child, error) || Child <- Children],
    _ = started(Size),
    (now_ns() - Begin) / 1000 / Size.

%% A supervisor and its children, the first one first.
running(Strategy, Size) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, Strategy, Size, self()}),
    {Supervisor, started(Size)}.

%% The next so many children that start, in that order.
started(0) -> [];
started(Left) -> receive {started, Child} -> [Child | started(Left - 1)] end.

start_child(Driver) -> gen_server:start_link(?MODULE, {child, Driver}, []).

init({child, Driver}) ->
    Driver ! {started, self()},
    {ok, nothing};
init({supervisor, Strategy, Size, Driver}) ->
    Flags = #{strategy => Strategy, intensity => 1000000, period => 1},
    Start = {?MODULE, start_child, [Driver]},
    {ok, {Flags, [#{id => Number, start => Start} || Number <- lists:seq(1, Size)]}}.

handle_call(ping, _, State) -> {reply, pong, State}.

handle_cast(error, State) -> {stop, as_wanted, State};
handle_cast(panic, _) -> error(as_wanted).

size(Full, Share) -> max(count(Full, Share), min(Full, ?SMALL)).

count(Full, Share) -> max(1, trunc(Full * Share)).

median(Samples) -> lists:nth(length(Samples) div 2 + 1, lists:sort(Samples)).

now_ns() -> erlang:monotonic_time(nanosecond).
