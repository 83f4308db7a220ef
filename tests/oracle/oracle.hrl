%% What every process of one scenario's run is given.

-record(run, {
    %% Table of what is known: scripts, specifications, processes, gates. Public.
    facts :: ets:table(),
    %% Table of what has happened since the last action, in order. Public.
    log :: ets:table(),
    %% The process that watches all others and writes down how they end.
    recorder :: pid() | undefined,
    %% The supervisor that is run: OTP's own, or its copy with the virtual clock.
    supervisor :: module(),
    %% The virtual clock, in milliseconds.
    clock :: atomics:atomics_ref(),
    %% Options of the scenario.
    options :: map()
}).
