//! The monthly file of the US registry of provider identifiers (NPPES `npidata_pfile`); see `docs/import-nppes.md`.
//!
//! *Invariant*: a provider who could be for this directory is never passed over in silence: what the tables do not know
//! is reported.

mod header;
mod names;
mod place;
mod provider;
mod taxonomies;

use chrono::NaiveDate;

use self::{
    header::{Field, Header, Record},
    taxonomies::{Standing, Taxonomies},
};
use super::{Broken, layout::Said};
use crate::{exchange::cells::Cells, fault::Fault, formats, vocabulary::Profession, web::code::Code};

/// The columns of the registry's file that are read, and what its codes mean.
#[derive(Clone, Debug)]
pub struct Registry {
    header: Box<Header>,
    taxonomies: Taxonomies,
}

/// Whether a number is in use.
enum Activity {
    Active,
    Deactivated,
    /// It was deactivated and reactivated, and one of the days cannot be read.
    Unclear,
}

impl Registry {
    /// Finds the columns in the header. Columns that are not read may be there or not.
    ///
    /// # Errors
    /// Where columns are missing or stand twice; names all of them.
    pub fn of_header(header: &Cells) -> Result<Self, Broken> {
        Ok(Self { header: Box::new(Header::find(header)?), taxonomies: Taxonomies::of_release()? })
    }

    /// The NPI, where it is one: what has another form is not what the profile is found by.
    #[must_use]
    pub fn external_id<'c>(&self, cells: &'c Cells) -> Option<&'c str> {
        self.header.text(cells, Field::Npi).filter(|number| formats::npi(number).is_ok())
    }

    /// What the record says.
    #[must_use]
    pub fn read(&self, cells: &Cells) -> Said {
        let record = Record { header: &self.header, cells };
        if cells.len() != self.header.width() {
            let detail = format!(
                "The record has {} values where the header has {} columns.",
                cells.len(),
                self.header.width()
            );
            return Said::Nothing(Fault::new("", Code::Inconsistent.as_str(), detail));
        }
        let entity_type = record.text(Field::EntityType);
        if entity_type == Some("2") {
            return Said::NotOurs;
        }
        let activity = activity(record);
        if matches!(activity, Activity::Deactivated) {
            return Said::Retired;
        }
        if entity_type != Some("1") {
            let detail = format!("{} must be 1 or 2.", self.header.name(Field::EntityType));
            return Said::Nothing(Fault::new("", Code::InvalidChoice.as_str(), detail));
        }
        self.individual(record, &activity)
    }

    fn individual(&self, record: Record<'_>, activity: &Activity) -> Said {
        let mut profession = None;
        let mut is_primary = false;
        let mut listed = Vec::new();
        let mut unknown = Vec::new();
        for (at, group) in self.header.groups().iter().enumerate() {
            let Some(code) = record.at(group.taxonomy) else { continue };
            match self.taxonomies.standing(code) {
                Standing::Listed(found) => {
                    let is_better = !is_primary && record.at(group.primary) == Some("Y");
                    if is_better || profession.is_none() {
                        profession = Some(found);
                    }
                    is_primary = is_primary || is_better;
                    listed.push(*group);
                }
                Standing::Unknown => unknown.push((at, code)),
                Standing::Elsewhere => {}
            }
        }
        if profession.is_none() && unknown.is_empty() {
            return Said::NotOurs;
        }
        let mut faults = Vec::new();
        if let (None, Some((at, _))) = (profession, unknown.first()) {
            let detail = format!("The code in {} is not known.", header::taxonomy_name(*at));
            faults.push(Fault::new("/profession", Code::UnknownCode.as_str(), detail));
        }
        if matches!(activity, Activity::Unclear) {
            let [from, to] =
                [Field::DeactivatedOn, Field::ReactivatedOn].map(|field| self.header.name(field));
            let detail = format!("{from} and {to} must be days as MM/DD/YYYY.");
            faults.push(Fault::new("", Code::InvalidDate.as_str(), detail));
        }
        // Without a known profession the fault above says so; that one is absent need not be said as well.
        let (row, mut terms) = provider::row(record, profession.unwrap_or(Profession::Other), &listed);
        terms.extend(unknown.into_iter().map(|(_, code)| provider::term("taxonomies", code)));
        Said::Row { row, faults, terms }
    }

    /// The column that a part of the row comes from; `None` for what comes from one of fifteen, and for the whole.
    #[must_use]
    pub fn column_of(&self, pointer: &str) -> Option<&str> {
        let field = match pointer {
            "/external_id" | "/npi" => Field::Npi,
            "/name/given" => Field::GivenName,
            "/name/family" => Field::FamilyName,
            "/name/prefix" => Field::Prefix,
            "/name/suffix" => Field::Suffix,
            "/gender" => Field::Sex,
            "/phone" => Field::Phone,
            "/locations/0/line1" => Field::Line1,
            "/locations/0/line2" => Field::Line2,
            "/locations/0/city" => Field::City,
            "/locations/0/region" => Field::State,
            "/locations/0/postal_code" => Field::PostalCode,
            "/locations/0/country" => Field::Country,
            pointer if pointer.starts_with("/credentials") => Field::Credentials,
            _ => return None,
        };
        Some(self.header.name(field))
    }
}

/// The registry keeps the last day on which a number was deactivated, and the last on which it was reactivated.
fn activity(record: Record<'_>) -> Activity {
    let Some(from) = record.text(Field::DeactivatedOn) else { return Activity::Active };
    let Some(to) = record.text(Field::ReactivatedOn) else { return Activity::Deactivated };
    match (day(from), day(to)) {
        (Some(from), Some(to)) if to >= from => Activity::Active,
        (Some(_), Some(_)) => Activity::Deactivated,
        _ => Activity::Unclear,
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%m/%d/%Y").ok()
}

#[cfg(test)]
mod tests;
