//! What is answered to a message of another replica: pure, from what this one has.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{Cell, Digest};
use super::holdings::Holdings;
use super::message::{ExchangeLimits, Message};
use crate::events::{NewEvent, VectorClock};
use crate::identity::AgentKey;

/// From so many agents on, a cell is looked at in parts.
const FEW: u64 = 32;

/// Something to be done about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Say this.
    Send(Message),
    /// Read what `version` has not seen of this agent, and send it.
    Tell { agent: AgentKey, version: VectorClock },
    /// Write down what is new here; if there is more, ask for it.
    Take { agent: AgentKey, events: Vec<NewEvent>, more: bool },
}

/// What is said first.
pub(super) fn opening(holdings: &Holdings) -> Message {
    Message::Compare(vec![(Cell::ROOT, holdings.digest(Cell::ROOT))])
}

/// What is to be done about a message that was checked.
pub(super) fn steps(holdings: &Holdings, message: Message, limits: ExchangeLimits) -> Vec<Step> {
    match message {
        Message::Compare(cells) => compare(holdings, cells, limits),
        Message::Versions { cell, agents } => versions(holdings, cell, agents, limits),
        Message::Want(agents) => agents
            .into_iter()
            .filter(|(agent, version)| !version.has_seen(&holdings.version(agent)))
            .map(|(agent, version)| Step::Tell { agent, version })
            .collect(),
        Message::Events { agent, events, more } => vec![Step::Take { agent, events, more }],
    }
}

fn compare(holdings: &Holdings, cells: Vec<(Cell, Digest)>, limits: ExchangeLimits) -> Vec<Step> {
    let (mut parts, mut steps) = (Vec::new(), Vec::new());
    let few = FEW.min(limits.agents as u64);
    // Each once, however often it is there: looking at one takes as long as it has agents.
    let cells: BTreeMap<_, _> = cells.into_iter().collect();
    for (cell, theirs) in cells {
        let ours = holdings.digest(cell);
        if ours == theirs {
            continue;
        }
        match cell.parts() {
            Some(smaller) if ours.agents.max(theirs.agents) > few => {
                parts.extend(smaller.map(|part| (part, holdings.digest(part))));
            }
            _ => {
                // More than this of one smallest cell will not be met; what is left out waits for others to speak.
                let agents = holdings.versions(cell).take(limits.agents);
                let agents = agents.map(|(agent, version)| (agent.clone(), version.clone())).collect();
                steps.push(Step::Send(Message::Versions { cell, agents }));
            }
        }
    }
    let compares =
        parts.chunks(limits.cells.max(1)).map(|cells| Step::Send(Message::Compare(cells.to_vec())));
    steps.extend(compares);
    steps
}

fn versions(
    holdings: &Holdings,
    cell: Cell,
    theirs: Vec<(AgentKey, VectorClock)>,
    limits: ExchangeLimits,
) -> Vec<Step> {
    let theirs: BTreeMap<_, _> = theirs.into_iter().collect();
    let ours: BTreeMap<_, _> =
        holdings.versions(cell).map(|(agent, version)| (agent.clone(), version.clone())).collect();
    let (nothing, agents) = (VectorClock::new(), ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>());
    let (mut steps, mut wanted) = (Vec::new(), Vec::new());
    for agent in agents {
        let our = ours.get(agent).unwrap_or(&nothing);
        let their = theirs.get(agent).unwrap_or(&nothing);
        if !their.has_seen(our) {
            steps.push(Step::Tell { agent: agent.clone(), version: their.clone() });
        }
        if !our.has_seen(their) {
            wanted.push((agent.clone(), our.clone()));
        }
    }
    let wants = wanted.chunks(limits.agents.max(1)).map(|agents| Step::Send(Message::Want(agents.to_vec())));
    steps.extend(wants);
    steps
}
