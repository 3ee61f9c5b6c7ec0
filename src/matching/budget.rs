//! The fees that a request's limit is held against.
//!
//! Where no participants are asked for, any session within the limit will do; where the profile states no fee for those
//! who are, its lowest stands for it. So asking for participants never lets anybody in whom the limit alone keeps out.

use super::{
    bits::Bits,
    codes::{self, Codes},
    columns::Columns,
    needs::Constraints,
};
use crate::vocabulary::Participants;

/// The fees in the currency of a limit.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    /// Of the participants asked for.
    own: Option<u64>,
    /// Of each kind of participants.
    all: Vec<u64>,
}

impl Budget {
    /// `None` where no profile has a fee in the currency, or no limit is asked for.
    pub(super) fn of(codes: &Codes, constraints: &Constraints) -> Option<Self> {
        let currency = codes.get(&constraints.max_fee.as_ref()?.currency)?;
        let key = |participants| codes::fee(participants, currency);
        Some(Self {
            own: constraints.participants.map(key),
            all: Participants::ALL.iter().copied().map(key).collect(),
        })
    }

    /// The slots whose fee is above `most`.
    pub(super) fn exceeds(&self, columns: &Columns, most: i64) -> Bits {
        let (mut stated, mut within) = (Bits::EMPTY, Bits::EMPTY);
        for key in &self.all {
            add(columns, *key, most, &mut stated, &mut within);
        }
        let (mut own, mut own_within) = (Bits::EMPTY, Bits::EMPTY);
        if let Some(key) = self.own {
            add(columns, key, most, &mut own, &mut own_within);
        }
        (own & !own_within) | (stated & !within & !own)
    }

    /// The fee of one slot.
    pub(super) fn amount(&self, columns: &Columns, slot: usize) -> Option<u32> {
        let own = self.own.and_then(|key| columns.fees.get(key, slot));
        own.or_else(|| self.all.iter().filter_map(|key| columns.fees.get(*key, slot)).min())
    }
}

fn add(columns: &Columns, key: u64, most: i64, stated: &mut Bits, within: &mut Bits) {
    for (slot, amount) in columns.fees.under(key) {
        stated.set(usize::from(*slot));
        if i64::from(*amount) <= most {
            within.set(usize::from(*slot));
        }
    }
}
