//! How an agent comes by its state: from the log, or where it has replicas, from what it held and what has come since.

use std::collections::BTreeMap;

use super::held::Held;
use super::live::Live;
use super::recovery::Replay;
use super::replicas::{Rewoven, catch_up, reweave};
use super::weave::Woven;
use super::{AsOf, EventSourced, EventSourcedSpec, RecoverError, recover};
use crate::events::{EventLog, Upcasts};
use crate::identity::AgentKey;

impl<S: EventSourced> EventSourcedSpec<S> {
    /// The state of `agent` as its log has it now; `live` is what it was some events ago, if that is known.
    pub(super) async fn recovered(
        &self,
        log: &dyn EventLog,
        live: Option<Live<S>>,
        agent: &AgentKey,
        upcasts: &Upcasts,
    ) -> Result<Live<S>, RecoverError> {
        let Some(place) = &self.replica else {
            return Ok(recover(log, agent, &self.args, AsOf::Now).await?.into());
        };
        if let Some(live) = live
            && let Some(live) = self.caught_up(log, live, agent, upcasts).await?
        {
            return Ok(live);
        }
        Ok(reweave(log, agent, &self.args, place.resolving, AsOf::Now).await?.into())
    }

    /// The state with what has come since; `None` when it is to be made again.
    async fn caught_up(
        &self,
        log: &dyn EventLog,
        live: Live<S>,
        agent: &AgentKey,
        upcasts: &Upcasts,
    ) -> Result<Option<Live<S>>, RecoverError> {
        let Live { held: Held::Woven(weave), sequence, causality, snapshot, .. } = live else {
            return Ok(None);
        };
        let mut live = Rewoven { weave: *weave, sequence, causality, snapshot };
        let (args, none) = (&self.args, BTreeMap::new());
        let replay = Replay { log, key: agent, args, as_of: AsOf::Now, upcasts, corrections: &none };
        match catch_up(&replay, &mut live).await {
            Ok(Woven::In) => Ok(Some(live.into())),
            // There may be a correction.
            Ok(Woven::Late) | Err(RecoverError::Poison(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
