//! The blocks of the first design load as they were written, and act.

use mistersmith::config::{ByteSize, Limit, Per, Rate, Run};

use super::{accepted, agent, domain};

#[test]
fn the_limits_of_the_design_are_in_force_for_every_agent_and_domain() {
    let configuration = accepted(include_str!("../fixtures/limits.yaml"));
    let (lifecycle, registry) = (domain("agent_lifecycle"), agent("agent_registry"));
    let limits = configuration.limits_of_agent(&lifecycle, &registry);
    assert_eq!(limits.max_memory, Some(Limit::AtMost(ByteSize::new(512_000_000))));
    assert_eq!(limits.max_cpu_shares, Some(Limit::AtMost(200)));
    assert_eq!(limits.max_message_queue, Some(10_000));
    assert_eq!(limits.max_concurrent_tasks, Some(Limit::AtMost(100)));
    let limits = configuration.limits_of_domain(&lifecycle);
    assert_eq!(limits.max_agents, Some(Limit::AtMost(10)));
    assert_eq!(limits.max_total_memory, Some(Limit::AtMost(ByteSize::new(4_000_000_000))));
    assert_eq!(limits.message_rate_limit, Some(Limit::AtMost(Rate { count: 100_000, per: Per::Second })));
    assert_eq!(configuration.mailbox_capacity(&lifecycle, &registry), 10_000);
}

#[test]
fn a_single_agent_of_phase_2_is_the_registry_alone() {
    let configuration = accepted(include_str!("../fixtures/phase_2.yaml"));
    let (lifecycle, registry) = (domain("agent_lifecycle"), agent("agent_registry"));
    assert_eq!(configuration.agents.run, Run::Single { domain: lifecycle.clone(), agent: registry.clone() });
    assert!(configuration.runs(&lifecycle, &registry));
    assert!(!configuration.runs(&lifecycle, &agent("health_monitor")));
    assert!(!configuration.runs(&domain("security"), &agent("auth")));
}

#[test]
fn the_domains_of_phase_3_run_with_all_their_agents_and_others_do_not() {
    for text in [include_str!("../fixtures/phase_3.yaml"), include_str!("../fixtures/migration.yaml")] {
        let configuration = accepted(text);
        assert!(configuration.agents.registry_enabled);
        assert_eq!(configuration.agents.run, Run::Only(vec![domain("agent_lifecycle")]));
        assert!(configuration.runs(&domain("agent_lifecycle"), &agent("health_monitor")));
        assert!(!configuration.runs(&domain("security"), &agent("auth")));
    }
}
