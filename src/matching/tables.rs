//! The tables of a policy. Section numbers are those of `docs/matching.md`, the model's description.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    catalog::model::Grade,
    vocabulary::{EvidenceLevel, Focus, Importance, PhasePolicy, Role, Severity},
};

/// Declares plain tables: structs that are read and served as JSON and know no other fields.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind),+ }
    )+};
}

tables! {
    /// Every number of the model but the weights.
    Tables {
        severity: SeverityTable,
        depth: DepthTable,
        coverage: CoverageTable,
        declaration: DeclarationTable,
        preference: PreferenceTable,
        practical: PracticalTable,
        integration: IntegrationTable,
        practice: PracticeTable,
        relaxation: RelaxationTable,
        order: OrderTable,
        explanation: ExplanationTable,
        plan: PlanTable,
    }
    /// How much a problem area of each severity weighs beside the others (section 0); above 0.
    SeverityTable { mild: f64, moderate: f64, severe: f64 }
    /// How deep a claim is (section 1).
    DepthTable {
        /// Sum of role weights that a therapist can claim in full; above 0.
        budget: f64,
        role: RoleTable,
        evidence_level: EvidenceLevelTable,
    }
    /// What a claim in this role is worth, 0 to 1 (section 1).
    RoleTable { foundation: f64, technique: f64 }
    /// What a claim with this backing is worth, 0 to 1 (section 1).
    EvidenceLevelTable { outcome_verified: f64, certified: f64, trained: f64, supervised: f64, self_declared: f64 }
    /// How well modalities cover a problem area (section 2).
    CoverageTable {
        grade: GradeTable,
        /// Least rating of a modality that a rule names first-line, 0 to 1.
        first_line_floor: f64,
        /// Least rating of a modality that a rule names second-line, 0 to 1.
        second_line_floor: f64,
        /// Share of what the best modality leaves open that the second best can fill, 0 to 1.
        second_modality: f64,
    }
    /// The rating of each grade, 0 to 1; `caution` and ungraded are 0 (section 2).
    GradeTable { strong: f64, moderate: f64, emerging: f64, practice: f64 }
    /// What a therapist's own declaration of a problem area says (section 2).
    DeclarationTable {
        /// The value of an area that is not declared, 0 to 1.
        undeclared: f64,
        /// What a declaration in full adds to it.
        gain: f64,
        focus: FocusTable,
        /// Number of declared areas from which declaring says nothing.
        silent_from: u16,
        /// Number of areas over which the declaration fades; above 0.
        span: u16,
    }
    /// What a declaration with this focus says, 0 to 1 (section 2).
    FocusTable { primary: f64, secondary: f64 }
    /// How preferences are weighed (section 3).
    PreferenceTable {
        importance: ImportanceTable,
        /// Difference on a style axis that satisfies nothing; above 0.
        style_span: f64,
        homework: HomeworkTable,
        /// How far an unknown satisfies, 0 to 1.
        unknown: f64,
    }
    /// The weight of a preference beside the others; above 0 (section 3).
    ImportanceTable { nice: f64, strong: f64 }
    /// How far a therapist's amount of homework satisfies the wanted one, 0 to 1 (section 3).
    HomeworkTable { equal: f64, neighbouring: f64, opposite: f64 }
    /// The practical parts (section 3).
    PracticalTable {
        /// The value of an unknown part, freshness apart, 0 to 1.
        unknown: f64,
        /// By days since the last confirmation.
        freshness: FadeTable,
        nearness: NearnessTable,
        /// By days until the next opening.
        opening: FadeTable,
        /// The value of a fee that is just within the limit, 0 to 1.
        fee_offset: f64,
    }
    /// 1 up to `full_days`, falling linearly to 0 at `zero_days`.
    FadeTable { full_days: u16, zero_days: u16 }
    /// How a distance counts (section 3).
    NearnessTable {
        /// Kilometres at which nearness is one half; above 0.
        scale_km: f64,
        /// Mean radius of the earth in kilometres.
        earth_radius_km: f64,
    }
    /// How integration is made up and how need spreads over phases (section 3).
    IntegrationTable {
        /// Share of the phases; the three shares add up to 1.
        phases: f64,
        /// Share of the five dimensions.
        whole_person: f64,
        /// Share of the therapist's consultation answers.
        practice: f64,
        /// Share of a problem area's need in the phase that usually comes first.
        first_phase: f64,
        /// Share of it in each of the two others.
        other_phase: f64,
        /// What is done where a request does not say.
        phase_policy: PhasePolicy,
        /// Share that each move takes to its phase, 0 to 1.
        moved_share: f64,
    }
    /// How consultation answers count (section 3); the three shares add up to 1.
    PracticeTable {
        approaches_and_selection: f64,
        role_of_relationship: f64,
        when_stuck: f64,
        /// The value of a question without an answer, 0 to 1.
        unanswered: f64,
        /// The value of an answer without signals, 0 to 1.
        base: f64,
        /// Sum of signal weights that adds 1; above 0.
        signal_scale: f64,
        /// What a signal only suggested from text counts, 0 to 1.
        suggested_signal: f64,
    }
    /// The steps in which constraints are relaxed, rising (section 4).
    RelaxationTable {
        /// Multiples of the radius.
        radius_factors: Vec<f64>,
        /// Per cent above the fee.
        fee_percent: Vec<u32>,
        opening_days: Vec<u16>,
        confirmation_days: Vec<u16>,
    }
    /// Order, tiers and turns (section 5).
    OrderTable {
        /// Decimal places of the score that the order sees, 0 to 9.
        decimals: u8,
        /// Relative change of the weights that a tier withstands, 0 to 1.
        tier_delta: f64,
        /// How many of the first by score take turns.
        rotate_window: u16,
        /// Days within which an opening counts as one.
        rotate_opening_days: u16,
        /// Chance weight of a therapist with such an opening; above 0.
        rotate_opening: f64,
        /// Chance weight of any other; above 0.
        rotate_no_opening: f64,
    }
    /// When something is worth a word in an answer (section 6). None of these moves a score.
    ExplanationTable {
        /// Days within which an opening is called soon.
        soon_days: u16,
        /// Days from which a confirmation is called old.
        stale_days: u16,
        /// Share of the need from which a phase is asked about.
        phase_need: f64,
        /// Capability below which such a phase is called uncovered.
        phase_uncovered: f64,
        /// Value of the phases from which a therapist is said to integrate them.
        phases_integrated: f64,
        /// Satisfaction below which a preference is called unmet.
        preference_unmet: f64,
        /// How many signals of a consultation answer one remark names.
        signals_named: u8,
    }
    /// How long the plan's lists are (section 6).
    PlanTable { modalities_per_phase: u8, techniques_per_phase: u8 }
}

impl SeverityTable {
    /// The weight of a severity.
    #[must_use]
    pub const fn of(&self, severity: Severity) -> f64 {
        match severity {
            Severity::Mild => self.mild,
            Severity::Moderate => self.moderate,
            Severity::Severe => self.severe,
        }
    }
}

impl RoleTable {
    /// ρ of a role.
    #[must_use]
    pub const fn of(&self, role: Role) -> f64 {
        match role {
            Role::Foundation => self.foundation,
            Role::Technique => self.technique,
        }
    }
}

impl EvidenceLevelTable {
    /// ε of a level.
    #[must_use]
    pub const fn of(&self, level: EvidenceLevel) -> f64 {
        match level {
            EvidenceLevel::OutcomeVerified => self.outcome_verified,
            EvidenceLevel::Certified => self.certified,
            EvidenceLevel::Trained => self.trained,
            EvidenceLevel::Supervised => self.supervised,
            EvidenceLevel::SelfDeclared => self.self_declared,
        }
    }
}

impl GradeTable {
    /// γ of a grade.
    #[must_use]
    pub const fn of(&self, grade: Grade) -> f64 {
        match grade {
            Grade::Strong => self.strong,
            Grade::Moderate => self.moderate,
            Grade::Emerging => self.emerging,
            Grade::Practice => self.practice,
            Grade::Caution => 0.0,
        }
    }
}

impl FocusTable {
    /// What a declaration with this focus says.
    #[must_use]
    pub const fn of(&self, focus: Focus) -> f64 {
        match focus {
            Focus::Primary => self.primary,
            Focus::Secondary => self.secondary,
        }
    }
}

impl ImportanceTable {
    /// The weight of a preference; `None` for one that is a constraint.
    #[must_use]
    pub const fn of(&self, importance: Importance) -> Option<f64> {
        match importance {
            Importance::Nice => Some(self.nice),
            Importance::Strong => Some(self.strong),
            Importance::Must => None,
        }
    }
}

impl PracticeTable {
    /// The value of one answer, 0 to 1, from the signed weights of its signals (those only suggested already reduced).
    #[must_use]
    pub fn answer(&self, signal_weights: f64) -> f64 {
        (self.base + signal_weights / self.signal_scale).clamp(0.0, 1.0)
    }
}

impl Tables {
    /// The first table with a number that could make a value leave 0 to 1.
    pub(super) fn out_of_range(&self) -> Option<&'static str> {
        let unit = |values: &[f64]| values.iter().all(|value| (0.0..=1.0).contains(value));
        let above_zero = |values: &[f64]| values.iter().all(|value| value.is_finite() && *value > 0.0);
        let adds_up = |values: &[f64]| unit(values) && (values.iter().sum::<f64>() - 1.0).abs() < 1e-9;
        let fades = |fade: &FadeTable| fade.full_days < fade.zero_days;
        let Self {
            severity, depth, coverage, declaration, preference, practical, integration, practice, ..
        } = self;
        let (role, level, grade) = (&depth.role, &depth.evidence_level, &coverage.grade);
        let levels =
            [level.outcome_verified, level.certified, level.trained, level.supervised, level.self_declared];
        let checks = [
            ("severity", above_zero(&[severity.mild, severity.moderate, severity.severe])),
            ("depth", above_zero(&[depth.budget, role.foundation, role.technique])),
            ("depth", unit(&[role.foundation, role.technique]) && unit(&levels)),
            ("coverage", unit(&[grade.strong, grade.moderate, grade.emerging, grade.practice])),
            (
                "coverage",
                unit(&[coverage.first_line_floor, coverage.second_line_floor, coverage.second_modality]),
            ),
            ("declaration", unit(&[declaration.focus.primary, declaration.focus.secondary])),
            ("declaration", unit(&[declaration.undeclared, declaration.undeclared + declaration.gain])),
            ("declaration", declaration.span > 0 && declaration.gain >= 0.0),
            ("preference", above_zero(&[preference.importance.nice, preference.importance.strong])),
            ("preference", above_zero(&[preference.style_span]) && unit(&[preference.unknown])),
            ("preference", {
                let homework = &preference.homework;
                unit(&[homework.equal, homework.neighbouring, homework.opposite])
            }),
            ("practical", unit(&[practical.unknown, practical.fee_offset])),
            ("practical", fades(&practical.freshness) && fades(&practical.opening)),
            ("practical", above_zero(&[practical.nearness.scale_km, practical.nearness.earth_radius_km])),
            ("integration", adds_up(&[integration.phases, integration.whole_person, integration.practice])),
            (
                "integration",
                adds_up(&[integration.first_phase, integration.other_phase, integration.other_phase]),
            ),
            ("integration", unit(&[integration.moved_share])),
            (
                "practice",
                adds_up(&[
                    practice.approaches_and_selection,
                    practice.role_of_relationship,
                    practice.when_stuck,
                ]),
            ),
            ("practice", unit(&[practice.unanswered, practice.base, practice.suggested_signal])),
            ("practice", above_zero(&[practice.signal_scale])),
            ("order", self.order.decimals <= 9 && unit(&[self.order.tier_delta])),
            ("order", above_zero(&[self.order.rotate_opening, self.order.rotate_no_opening])),
            ("relaxation", self.relaxation.radius_factors.iter().all(|factor| *factor > 1.0)),
        ];
        checks.into_iter().find(|(_, holds)| !holds).map(|(name, _)| name)
    }
}
