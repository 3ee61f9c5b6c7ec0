//! Labels as real directories write them.

use super::*;

/// `code`, `a|b` for candidates, `!code` for excluded, `?` or `?a,b` for unknown with suggestions.
fn shown(resolution: &Resolution<'_>) -> String {
    match resolution {
        Resolution::Code(code) => (*code).to_owned(),
        Resolution::Ambiguous(codes) => format!("{}|", codes.join("|")),
        Resolution::Excluded { code, .. } => format!("!{code}"),
        Resolution::Unknown { suggestions } => format!("?{}", suggestions.join(",")),
        Resolution::Passed => "-".to_owned(),
    }
}

fn vocabulary() -> Vocabulary {
    Vocabulary::new(&Catalog::embedded().unwrap())
}

fn check<'a>(resolve: impl Fn(&str) -> Resolution<'a>, expected: &[(&str, &str)]) {
    let wrong: Vec<String> = expected
        .iter()
        .filter_map(|(label, meaning)| {
            let found = shown(&resolve(label));
            (found != *meaning).then(|| format!("{label:?}: expected {meaning}, found {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modalities_as_directories_write_them() {
    let vocabulary = vocabulary();
    check(
        |label| vocabulary.modality(label),
        &[
            ("cbt", "cbt"),
            ("CBT", "cbt"),
            ("Cognitive Behavioral (CBT)", "cbt"),
            ("Cognitive Behavioral Therapy (CBT)", "cbt"),
            ("Cognitive-Behavioural Therapy", "cbt"),
            ("COGNITIVE BEHAVIOURAL PSYCHOTHERAPY", "cbt"),
            ("CBT techniques", "cbt"),
            ("CBT (certified)", "cbt"),
            ("Cognitive Therapy", "cbt"),
            ("Dialectical (DBT)", "dbt"),
            ("Dialectical Behavior (DBT)", "dbt"),
            ("Dialectical Behaviour Therapy", "dbt"),
            ("DBT-informed", "dbt"),
            ("Acceptance and Commitment (ACT)", "act"),
            ("Acceptance & Commitment Therapy", "act"),
            ("ACT", "act"),
            ("Internal Family Systems (IFS)", "ifs"),
            ("IFS / Parts Work", "ifs"),
            ("EMDR", "emdr"),
            ("EMDR - Eye Movement Desensitization", "emdr"),
            ("EMDR – Eye Movement Desensitisation & Reprocessing", "emdr"),
            ("Eye movement desensitization", "emdr"),
            ("Eye Movement Therapy (EMDR)", "emdr"),
            ("Trauma Focused", "trauma_focused"),
            ("Trauma-Informed", "trauma_focused"),
            ("Trauma Focused (TF-CBT)", "tf_cbt"),
            ("TF-CBT", "tf_cbt"),
            ("Person-Centered", "person_centered"),
            ("Person-centred therapy", "person_centered"),
            ("Rogerian", "person_centered"),
            ("Solution Focused Brief (SFBT)", "sfbt"),
            ("Solution-Focused", "sfbt"),
            ("Motivational Interviewing", "motivational_interviewing"),
            ("MI", "motivational_interviewing"),
            ("Gottman Method", "gottman"),
            ("Psychodynamic", "psychodynamic"),
            ("Psychodynamic Approach", "psychodynamic"),
            ("Psychodynamic psychotherapy", "psychodynamic"),
            ("Attachment-based", "attachment_based"),
            ("Attachment-Focused", "attachment_based"),
            ("Mindfulness-Based (MBCT)", "mbct"),
            ("Mindfulness-Based (MBSR)", "mbsr"),
            ("Mindfulness", "mindfulness"),
            ("Exposure Response Prevention (ERP)", "erp"),
            ("Exposure and Response Prevention", "erp"),
            ("Somatic", "somatic_experiencing"),
            ("Somatic Experiencing®", "somatic_experiencing"),
            ("Humanistic", "humanistic"),
            ("Existential", "existential"),
            ("Gestalt", "gestalt"),
            ("Narrative", "narrative_therapy"),
            ("Narrative Exposure (NET)", "narrative_exposure"),
            ("Rational Emotive Behavior (REBT)", "rebt"),
            ("Interpersonal", "ipt"),
            ("Compassion Focused", "cft"),
            ("Schema", "schema"),
            ("Jungian", "psychoanalytic"),
            ("Psychoanalytic", "psychoanalytic"),
            ("Family Systems", "family_systems"),
            ("Structural Family", "family_systems"),
            ("Family / Marital", "family_systems"),
            ("Emotionally Focused", "eft_couples"),
            ("Emotionally Focused (EFT)", "eft_couples"),
            ("Emotion-Focused Therapy (EFT)", "emotion_focused"),
            ("EFT (couples)", "eft_couples"),
            ("Parent-Child Interaction (PCIT)", "pcit"),
            ("Play Therapy", "play_therapy"),
            ("Sandplay", "play_therapy"),
            ("Art Therapy", "art_therapy"),
            ("Expressive Arts", "art_therapy"),
            ("Music Therapy", "music_therapy"),
            ("Dance/Movement Therapy", "dance_movement"),
            ("Dance Movement", "dance_movement"),
            ("Culturally Sensitive", "culturally_responsive"),
            ("Multicultural", "culturally_responsive"),
            ("Christian Counseling", "transpersonal_spiritual"),
            ("Neurofeedback", "biofeedback"),
            ("Hypnotherapy", "hypnotherapy"),
            ("Brainspotting", "brainspotting"),
            ("Integrative", "integrative"),
            ("Eclectic", "integrative"),
            ("Relational", "relational"),
            ("Prolonged Exposure Therapy (PE)", "prolonged_exposure"),
            ("Cognitive Processing (CPT)", "cpt"),
            ("Mentalization-Based Treatment (MBT)", "mbt"),
            ("mbt", "mbt"),
            ("CBT-I", "cbt_i"),
            ("CBT for Insomnia", "cbt_i"),
            ("Cognitive Behavioral Therapy for Psychosis (CBTp)", "cbt"),
            ("Level II EMDR trained", "emdr"),
            ("Gottman Level 2", "gottman"),
        ],
    );
}

#[test]
fn letters_with_several_meanings_are_not_guessed() {
    let vocabulary = vocabulary();
    check(
        |label| vocabulary.modality(label),
        &[
            ("EFT", "eft_couples|emotion_focused|"),
            ("MBT", "mbt|mindfulness|"),
            ("FFT", "family_focused_therapy|functional_family_therapy|"),
            ("SFT", "family_systems|schema|sfbt|"),
            ("PE", "prolonged_exposure|psychoeducation|"),
            ("PCT", "person_centered|"),
            ("ART", "art_therapy|"),
            ("CPT", "cpt|"),
            ("Attachment Therapy", "attachment_based|"),
            ("Couples Counseling", "behavioral_couple|eft_couples|gottman|"),
            ("Psychodynamic, CBT", "cbt|psychodynamic|"),
            ("Trauma therapy (EMDR)", "emdr|trauma_focused|"),
        ],
    );
}

#[test]
fn namesakes_are_not_taken_for_what_the_catalog_has() {
    let vocabulary = vocabulary();
    check(
        |label| vocabulary.modality(label),
        &[
            ("Emotional Freedom Techniques (EFT)", "?"),
            ("Emotional Freedom (EFT)", "?"),
            ("Accelerated Resolution Therapy (ART)", "?"),
            ("Assertive Community Treatment (ACT)", "?"),
            ("Present-Centered Therapy (PCT)", "?"),
            ("Applied Behavioral Analysis (ABA)", "?"),
            ("Energy Psychology", "?"),
            ("Counseling", "?"),
            ("Therapy", "?"),
            ("", "?"),
            ("()", "?"),
        ],
    );
}

#[test]
fn excluded_practices_are_named_and_never_suggested() {
    let vocabulary = vocabulary();
    check(
        |label| vocabulary.modality(label),
        &[
            ("Conversion Therapy", "!conversion_practices"),
            ("Christian conversion therapy", "!conversion_practices"),
            ("Reparative therapy (SSA)", "!conversion_practices"),
            ("Rebirthing", "!coercive_attachment_holding"),
            ("Rebirthing-Breathwork", "!coercive_attachment_holding"),
            ("Recovered-Memory Therapy", "!recovered_memory_techniques"),
            ("Critical Incident Debriefing", "!critical_incident_debriefing"),
            ("CISD", "!critical_incident_debriefing"),
            ("critical_incident_debriefing", "!critical_incident_debriefing"),
            ("Scared Straight", "!scared_straight"),
            ("Support for survivors of conversion therapy", "?"),
            ("Conversion Theraphy", "?"),
            ("Rebirthin", "?"),
        ],
    );
    assert_eq!(
        vocabulary.problem_area("Unwanted same-sex attraction"),
        Resolution::Excluded {
            code: "conversion_practices",
            reason: "Opposed by APA and other bodies as ineffective and harmful; unlawful in many places.",
        }
    );
}

#[test]
fn problem_areas_as_directories_write_them() {
    let vocabulary = vocabulary();
    check(
        |label| vocabulary.problem_area(label),
        &[
            ("ptsd", "ptsd"),
            ("Anxiety", "generalized_anxiety"),
            ("Generalised Anxiety Disorder (GAD)", "generalized_anxiety"),
            ("Depression", "depression"),
            ("Trauma and PTSD", "ptsd"),
            ("Post-Traumatic Stress Disorder", "ptsd"),
            ("Obsessive-Compulsive (OCD)", "ocd"),
            ("Relationship Issues", "relationship_conflict"),
            ("Marital and Premarital", "relationship_conflict"),
            ("Infidelity", "relationship_conflict"),
            ("Self Esteem", "low_self_worth"),
            ("Self-Esteem", "low_self_worth"),
            ("Grief", "grief"),
            ("Grief & Loss", "grief"),
            ("ADHD", "adhd"),
            ("Autism Spectrum Disorder", "autism"),
            ("Anger Management", "anger"),
            ("Bipolar Disorder", "bipolar"),
            ("Borderline Personality (BPD)", "borderline_personality"),
            ("Panic Attacks", "panic"),
            ("Social Anxiety", "social_anxiety"),
            ("Phobias", "specific_phobia"),
            ("Sleep or Insomnia", "insomnia"),
            ("Chronic Pain", "chronic_pain"),
            ("Chronic Illness", "chronic_illness"),
            ("Alcohol Use", "alcohol_use"),
            ("Drug Abuse", "drug_use"),
            ("Substance Use", "drug_use"),
            ("Gambling", "gambling"),
            ("Video Game Addiction", "gambling"),
            ("Codependency", "relational_patterns"),
            ("Divorce", "divorce_separation"),
            ("Domestic Violence", "domestic_abuse"),
            ("Family Conflict", "family_conflict"),
            ("Parenting", "parenting"),
            ("Oppositional Defiance (ODD)", "child_behavior"),
            ("Pregnancy, Prenatal, Postpartum", "perinatal_mental_health"),
            ("Life Transitions", "life_transitions"),
            ("Coping Skills", "stress"),
            ("Stress", "stress"),
            ("Burnout", "burnout"),
            ("Self-Harming", "self_harm"),
            ("Suicidal Ideation", "suicidal_thoughts"),
            ("Sex Therapy", "sexual_problems"),
            ("Spirituality", "life_meaning"),
            ("Transgender", "lgbtq_stress"),
            ("LGBTQ+", "lgbtq_stress"),
            ("Racial Identity", "cultural_racial_stress"),
            ("Dissociative Disorders (DID)", "dissociation"),
            ("Eating Disorders", "anorexia|binge_eating|bulimia|"),
            ("Addiction", "alcohol_use|drug_use|gambling|"),
            ("Mood Disorders", "bipolar|depression|persistent_depression|"),
            ("Sexual Abuse", "child_trauma|complex_trauma|ptsd|"),
            ("Couples Counseling", "relationship_conflict"),
            ("Depression / Anxiety", "depression|generalized_anxiety|"),
            ("Men's Issues", "?"),
        ],
    );
}

#[test]
fn misspellings_are_suggested() {
    let vocabulary = vocabulary();
    for (label, nearest) in [
        ("Psychodinamic", "psychodynamic"),
        ("Cognitive Behavoral Therapy", "cbt"),
        ("cbtt", "cbt"),
        ("Hipnotherapy", "hypnotherapy"),
        ("motivational_interview", "motivational_interviewing"),
    ] {
        let Resolution::Unknown { suggestions } = vocabulary.modality(label) else {
            panic!("{label} is known")
        };
        assert_eq!(suggestions.first(), Some(&nearest), "{label}: {suggestions:?}");
        assert!(suggestions.len() <= 3);
    }
    let Resolution::Unknown { suggestions } = vocabulary.problem_area("insomia") else { panic!() };
    assert_eq!(suggestions, ["insomnia"]);
}

#[test]
fn every_code_name_and_alias_resolves_to_its_entry() {
    let catalog = Catalog::embedded().unwrap();
    let vocabulary = Vocabulary::new(&catalog);
    let fits = |resolution: &Resolution<'_>, code: &str| match resolution {
        Resolution::Code(found) => *found == code,
        Resolution::Ambiguous(codes) => codes.contains(&code),
        Resolution::Excluded { code: found, .. } => *found == code,
        Resolution::Unknown { .. } | Resolution::Passed => false,
    };
    for modality in &catalog.modalities {
        for label in modality.aliases.iter().chain([&modality.code, &modality.name]) {
            let found = vocabulary.modality(label);
            assert!(fits(&found, &modality.code), "{label}: {found:?}");
        }
    }
    for area in &catalog.problem_areas {
        for label in area.aliases.iter().chain([&area.code, &area.name]) {
            let found = vocabulary.problem_area(label);
            assert!(fits(&found, &area.code), "{label}: {found:?}");
        }
    }
}

#[test]
fn shortened_labels_that_two_entries_share_are_ambiguous() {
    let vocabulary = vocabulary();
    let shared = |table: &Table| {
        let mut shared: Vec<String> = table.shared_forms().map(str::to_owned).collect();
        shared.sort_unstable();
        shared
    };
    // Only those that labels.json lists: nothing becomes ambiguous by the loss of an optional word.
    assert_eq!(
        shared(&vocabulary.modalities),
        ["attachment", "couple", "couple counseling", "marriage counseling"]
    );
    assert_eq!(shared(&vocabulary.problem_areas), ["abuse", "addiction", "eating", "mood", "sexual abuse"]);
}

#[test]
fn an_operators_alias_stands_above_labels_and_below_codes() {
    let own = |aliases: &[(&str, Option<&str>)]| {
        aliases.iter().map(|(label, code)| (normalize(label), code.map(str::to_owned))).collect()
    };
    let plain = vocabulary();
    let vocabulary = plain.with_aliases(Aliases {
        modalities: own(&[
            ("Energy Work!", Some("somatic_experiencing")),
            ("EFT", Some("eft_couples")),
            ("Cognitive Behavioral (CBT)", Some("cbt_i")),
            ("mbt", Some("mindfulness")),
            ("Reiki", None),
            ("Conversion Therapy", None),
        ]),
        problem_areas: own(&[("Life Transitions & Change", Some("life_transitions")), ("Other", None)]),
    });
    check(
        |label| vocabulary.modality(label),
        &[
            ("energy work", "somatic_experiencing"),
            (" ENERGY  WORKS ", "somatic_experiencing"),
            ("EFT", "eft_couples"),
            ("EFT (couples)", "eft_couples"),
            ("Cognitive-Behavioural, CBT", "cbt_i"),
            ("MBT", "mindfulness"),
            // A code is a code, however the operator reads its letters elsewhere.
            ("mbt", "mbt"),
            ("reiki", "-"),
            ("Conversion therapy", "-"),
            ("Conversion Therapy for all", "!conversion_practices"),
            ("Reiki healing", "?"),
            ("cbt", "cbt"),
        ],
    );
    check(
        |label| vocabulary.problem_area(label),
        &[("Life transitions and changes", "life_transitions"), ("other", "-"), ("Reiki", "?")],
    );
    // The vocabulary below stays as it was, and other aliases take the place of these.
    check(|label| plain.modality(label), &[("EFT", "eft_couples|emotion_focused|"), ("Reiki", "?")]);
    let none = vocabulary.with_aliases(Aliases::default());
    check(|label| none.modality(label), &[("EFT", "eft_couples|emotion_focused|"), ("Reiki", "?")]);
}

proptest::proptest! {
    /// Whatever the label, an alias of it decides, unless it is a code; and no alias changes what a code means.
    #[test]
    fn an_alias_decides_for_its_label(label in ".{1,80}", code in proptest::option::of("[a-z_]{1,20}")) {
        static VOCABULARY: std::sync::LazyLock<Vocabulary> = std::sync::LazyLock::new(vocabulary);
        let modalities = std::iter::once((normalize(&label), code.clone())).collect();
        let aliased = VOCABULARY.with_aliases(Aliases { modalities, ..Aliases::default() });
        if VOCABULARY.modalities.exact(label.trim()).is_none() {
            let expected = code.as_deref().map_or(Resolution::Passed, Resolution::Code);
            proptest::prop_assert_eq!(aliased.modality(&label), expected);
        }
        proptest::prop_assert_eq!(aliased.problem_area(&label), VOCABULARY.problem_area(&label));
        proptest::prop_assert_eq!(aliased.modality("cbt"), Resolution::Code("cbt"));
    }

    #[test]
    fn any_text_resolves_without_harm(label in ".{0,80}") {
        static VOCABULARY: std::sync::LazyLock<Vocabulary> = std::sync::LazyLock::new(vocabulary);
        for resolution in [VOCABULARY.modality(&label), VOCABULARY.problem_area(&label)] {
            if let Resolution::Unknown { suggestions } = resolution {
                proptest::prop_assert!(suggestions.len() <= 3);
            }
        }
    }
}
