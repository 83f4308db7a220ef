//! Every value of every contract of the pipeline survives every codec.

use crate::codecs::survives;

use super::super::conductor::Conducting;
use super::super::parser::Parsing;
use super::super::pricer::Pricing;
use super::super::quarantine::Quarantining;
use super::super::reader::Reading;
use super::super::writer::Writing;

#[test]
fn every_value_survives_every_codec() {
    survives::<Parsing>();
    survives::<Pricing>();
    survives::<Writing>();
    survives::<Quarantining>();
    survives::<Conducting>();
    survives::<Reading>();
}
