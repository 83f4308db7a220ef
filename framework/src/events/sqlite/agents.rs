//! The agents of a log, by the numbers that stand for them in its tables.

use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::checksum::Checksum;
use super::fault::Fault;
use super::record::{Number, signed, unsigned};
use crate::events::{DamagedPlace, Sequence};
use crate::identity::{AgentKey, AgentName, DomainName, InstanceId};

fn checksum(number: Number, agent: &AgentKey, compacted: i64) -> u32 {
    let checksum = Checksum::of("agents").number(unsigned(number));
    let checksum = checksum.text(agent.domain.as_str()).text(agent.name.as_str());
    checksum.bytes(agent.instance.as_uuid().as_bytes()).number(unsigned(compacted)).value()
}

/// Writes an agent, with the last of its events that was dropped.
pub(super) fn write(
    connection: &Connection,
    number: Number,
    agent: &AgentKey,
    compacted: Sequence,
) -> Result<(), Fault> {
    let compacted = signed(compacted.number());
    let crc = checksum(number, agent, compacted);
    let mut replace =
        connection.prepare_cached("INSERT OR REPLACE INTO agents VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let instance = agent.instance.as_uuid().as_bytes();
    replace.execute((number, agent.domain.as_str(), agent.name.as_str(), instance, compacted, crc))?;
    Ok(())
}

/// Reads all agents into the catalogue.
pub(super) fn load(connection: &Connection, catalogue: &mut Catalogue) -> Result<(), Fault> {
    let mut select =
        connection.prepare("SELECT id, domain, name, instance, compacted, crc FROM agents ORDER BY id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let expected = catalogue.next_number(0);
        let (agent, compacted) =
            read(row, expected).map_err(|what| Fault::damaged(DamagedPlace::Agents, what))?;
        catalogue.add_agent(agent, compacted);
    }
    Ok(())
}

fn read(row: &Row<'_>, expected: Number) -> Result<(AgentKey, Sequence), String> {
    let wrong = |error: rusqlite::Error| error.to_string();
    let number: i64 = row.get(0).map_err(wrong)?;
    if number != expected {
        return Err(format!("expected agent number {expected}, got {number}"));
    }
    let (domain, name): (String, String) = (row.get(1).map_err(wrong)?, row.get(2).map_err(wrong)?);
    let (instance, compacted): ([u8; 16], i64) = (row.get(3).map_err(wrong)?, row.get(4).map_err(wrong)?);
    let agent = AgentKey {
        domain: DomainName::new(domain).map_err(|error| error.to_string())?,
        name: AgentName::new(name).map_err(|error| error.to_string())?,
        instance: InstanceId::new(Uuid::from_bytes(instance)),
    };
    let (written, found) = (row.get::<_, i64>(5).map_err(wrong)?, checksum(number, &agent, compacted));
    if written != i64::from(found) {
        return Err(format!("agent number {number} is not what was written"));
    }
    Ok((agent, Sequence::new(unsigned(compacted))))
}
