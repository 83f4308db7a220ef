//! The runtime for tests of many agents: the test of the design to the word, and what a test can script.

use std::time::Duration;

use mistersmith::identity::Incarnation;
use mistersmith::routing::CallError;
use mistersmith::testing::{
    Act, AgentRegistryAgent, MultiAgentTestRuntime, OnStart, OnStop, Report, ScriptedAgent, SpawnError,
    TestAgent, TestMessage,
};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[tokio::test(start_paused = true)]
async fn test_multi_agent_communication() -> Tested {
    let mut test_runtime = MultiAgentTestRuntime::new();

    // Start registry
    let registry = test_runtime.spawn_agent(AgentRegistryAgent::new()).await?;

    // Start test agents
    let agent_a = test_runtime.spawn_agent(TestAgent::new("A")).await?;
    let agent_b = test_runtime.spawn_agent(TestAgent::new("B")).await?;

    // Verify discovery
    let discovered = registry.discover("test.capability").await?;
    assert_eq!(discovered.len(), 2);

    // Verify communication
    agent_a.send_to(agent_b.id(), TestMessage::Ping).await?;
    assert_eq!(agent_b.received_count(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_an_agent_received_survives_its_crash() -> Tested {
    let mut runtime = MultiAgentTestRuntime::new();
    let [a, b] =
        [runtime.spawn_agent(TestAgent::new("A")).await?, runtime.spawn_agent(TestAgent::new("B")).await?];
    a.send_to(b.id(), TestMessage::Text("hello".to_owned())).await?;
    let failed = a.send_to(b.id(), TestMessage::Fail).await;
    assert!(matches!(failed, Err(CallError::Refused(_))), "{failed:?}");
    runtime.settle().await;
    a.send_to(b.id(), TestMessage::Ping).await?;
    b.received(3).await;
    assert_eq!(b.messages(), [TestMessage::Text("hello".to_owned()), TestMessage::Fail, TestMessage::Ping]);
    assert_eq!(b.spawned().control().ok_or("gone")?.facts().incarnation, Incarnation::new(2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_agent_may_send_to_itself() -> Tested {
    let mut runtime = MultiAgentTestRuntime::new();
    let a = runtime.spawn_agent(TestAgent::new("A")).await?;
    a.send_to(a.id(), TestMessage::Ping).await?;
    assert_eq!(a.received_count(), 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn discovery_leaves_out_who_is_not_there_and_refuses_what_is_no_capability() -> Tested {
    let mut runtime = MultiAgentTestRuntime::new();
    let registry = runtime.spawn_agent(AgentRegistryAgent::new()).await?;
    let a = runtime.spawn_agent(TestAgent::new("A")).await?;
    assert_eq!(registry.discover("test.capability").await?, [a.id().clone()]);
    a.spawned().system().terminate(&a.spawned().control().ok_or("gone")?).await;
    assert_eq!(registry.discover("test.capability").await?, []);
    assert!(matches!(registry.discover("Not One").await, Err(CallError::Refused(_))));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn runs_of_one_seed_have_the_same_agents_and_draw_the_same() -> Tested {
    let (mut ids, mut drawn) = (Vec::new(), Vec::new());
    for seed in [7, 7, 8] {
        let mut runtime = MultiAgentTestRuntime::seeded(seed);
        ids.push(runtime.spawn_agent(TestAgent::new("A")).await?.id().clone());
        drawn.push(runtime.clock().uuid());
        runtime.stop().await;
    }
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
    assert!(drawn[0] == drawn[1] && drawn[1] != drawn[2], "{drawn:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_scripted_agent_does_what_it_is_told_and_reports_it() -> Tested {
    let mut runtime = MultiAgentTestRuntime::new();
    let agent = ScriptedAgent::new("actor").stops(OnStop::Slow(Duration::from_millis(5)));
    let agent = runtime.spawn_agent(agent).await?;
    let (probe, one, two) = (agent.probe().clone(), Incarnation::FIRST, Incarnation::new(2));
    assert_eq!(probe.take(), [Report::Starting(one), Report::Started(one)]);

    assert_eq!(agent.perform(Act::Reply).await?, one);
    assert!(matches!(agent.perform(Act::Refuse).await, Err(CallError::Refused(_))));
    assert!(matches!(agent.perform(Act::Error).await, Err(CallError::Unknown { .. })));
    let after = [Report::Handling(Act::Reply), Report::Handling(Act::Refuse), Report::Handling(Act::Error)];
    for report in after.into_iter().chain([Report::Stopping("error: told to fail".to_owned())]) {
        probe.expect(report).await;
    }
    probe.expect(Report::Starting(two)).await;
    probe.expect(Report::Started(two)).await;

    agent.next_starts([OnStart::Panic("no disk".to_owned()), OnStart::Error("still no disk".to_owned())]);
    runtime.settle().await;
    assert!(matches!(agent.perform(Act::Panic).await, Err(CallError::Unknown { .. })));
    runtime.settle().await;
    let starts = probe.take().into_iter().filter(|report| matches!(report, Report::Starting(_)));
    assert_eq!(starts.count(), 3, "two attempts failed, the third did not");
    assert_eq!(agent.perform(Act::Stop).await?, Incarnation::new(5));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_does_not_start_is_not_spawned() {
    let mut runtime = MultiAgentTestRuntime::new();
    let agent = ScriptedAgent::new("actor").starts([OnStart::Error("no disk".to_owned())]);
    let failed = runtime.spawn_agent(agent).await;
    assert!(
        matches!(&failed, Err(SpawnError::Agent(error)) if error.to_string().contains("no disk")),
        "{failed:?}"
    );
    assert!(matches!(runtime.spawn_agent(TestAgent::new("")).await, Err(SpawnError::Name(_))));
}
