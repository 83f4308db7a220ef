//! Every value of every contract here survives every codec.

use crate::agent_lifecycle::contract::agent_registry::AgentRegistry;
use crate::agent_lifecycle::contract::health_monitor::HealthMonitor;
use crate::agent_lifecycle::contract::lifecycle_manager::LifecycleManager;
use crate::agent_lifecycle::contract::resource_governor::ResourceGovernor;
use crate::codecs::survives;

#[test]
fn every_value_survives_every_codec() {
    survives::<AgentRegistry>();
    survives::<LifecycleManager>();
    survives::<ResourceGovernor>();
    survives::<HealthMonitor>();
}
