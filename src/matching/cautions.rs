//! What guidance is reserved about, among the modalities of one therapist (section 2).

use super::{
    answer::Caution,
    explain::{Explainer, Subject},
};
use crate::catalog::model::CautionKind;

/// Each of the therapist's modalities that is graded `caution`, or that a rule lists among those to avoid, for a
/// requested area. Only the kind `harm_or_no_benefit` is a claim of harm.
pub(super) fn cautions<'a>(explainer: &Explainer<'a, '_>, subject: &Subject<'a>) -> Vec<Caution<'a>> {
    let mut cautions = Vec::new();
    let catalog = &explainer.model.catalog;
    for share in &explainer.scorer.demand.areas {
        for claim in subject.claims {
            let at = usize::from(claim.modality);
            let rating = explainer.model.ratings.get(share.problem_area, at);
            let (Some(area), Some(modality)) = (explainer.area(share), explainer.modality(at)) else {
                continue;
            };
            if !rating.is_cautioned() {
                continue;
            }
            let rule = rating.avoided_by(catalog);
            let evidence = rating.evidence(catalog);
            let kind = evidence.and_then(|evidence| evidence.caution_kind);
            cautions.push(Caution {
                modality: modality.code.as_str(),
                problem_area: area.code.as_str(),
                kind,
                rule: rule.map(|rule| rule.code.as_str()),
                text: sentence(kind, rule.is_some(), &modality.name, &area.name),
                sources: &explainer.model.sayings.of(share.problem_area, at).sources,
            });
        }
    }
    cautions
}

fn sentence(kind: Option<CautionKind>, is_rule: bool, modality: &str, area: &str) -> String {
    match kind {
        Some(CautionKind::NotRoutine) => format!("{modality} is not advised as a routine choice for {area}."),
        Some(CautionKind::Timing) => format!("For {area}, it matters when {modality} is used."),
        Some(CautionKind::ScreenFirst) => format!("For {area}, screening is advised before {modality}."),
        Some(CautionKind::FormMatters) => format!("For {area}, it matters which form of {modality} is used."),
        Some(CautionKind::HarmOrNoBenefit) => {
            format!("Studies of {modality} for {area} found harm or no benefit.")
        }
        None if is_rule => format!("For {area}, {modality} is among what guidance advises against offering."),
        None => format!("Guidance is reserved about {modality} for {area}."),
    }
}
