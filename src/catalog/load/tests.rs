//! The embedded data is sound, and corrupted data is refused.

use super::*;

type Corrupt = fn(&mut CatalogTexts);

fn swap(text: &mut Cow<'static, str>, from: &str, to: &str) {
    assert!(text.contains(from), "the data has no {from}");
    *text = Cow::Owned(text.replacen(from, to, 1));
}

fn refusal(corrupt: Corrupt) -> String {
    let mut texts = CatalogTexts::embedded();
    corrupt(&mut texts);
    Catalog::load(&texts, &Extensions::default()).unwrap_err().to_string()
}

#[test]
fn the_embedded_catalog_is_sound() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(catalog.version.len(), 16);
    assert_eq!(catalog.compiled, "2026-11-22");
    assert_eq!((catalog.modalities.len(), catalog.problem_areas.len()), (75, 68));
    assert_eq!((catalog.evidence.len(), catalog.rules.len()), (605, 32));
    assert_eq!((catalog.dimensions.len(), catalog.phases.len(), catalog.integration_styles.len()), (5, 3, 4));
    assert_eq!(catalog.evidence("emdr", "ptsd").unwrap().weight, 1.0);
    assert_eq!(catalog.phases[0].code, "stabilization");
    assert!(catalog.modalities.is_sorted_by_key(|m| &m.code));
    assert_eq!(catalog.version, Catalog::embedded().unwrap().version);
}

#[test]
fn faults_are_refused_by_name_file_and_place() {
    let faults: [(Corrupt, &str); 22] = [
        (
            |t| swap(&mut t.modalities, "\"family\": \"third_wave\"", "\"family\": \"third_vave\""),
            "modalities.json: modalities.act: there is no family `third_vave`",
        ),
        (
            |t| swap(&mut t.modalities, "\"code\": \"act\"", "\"code\": \"Act!\""),
            "modalities.json: modalities: `Act!` is not a code",
        ),
        (
            |t| swap(&mut t.modalities, "\"code\": \"act\"", "\"code\": \"cbt\""),
            "modalities.json: modalities: `cbt` stands more than once",
        ),
        (|t| swap(&mut t.modalities, "\"cognitive\": 0.6", "\"cognitive\": 1.6"), "1.6 is not within 0..1"),
        (
            |t| swap(&mut t.modalities, "\"typical_role\"", "\"typical_rol\""),
            "modalities.json: unknown field `typical_rol`",
        ),
        (
            |t| swap(&mut t.modalities, "\"gottman method\"", "\"schema-focused therapy\""),
            "also a label of gottman and not listed as ambiguous",
        ),
        (
            |t| swap(&mut t.problem_areas, "F43.81", "F4381x"),
            "problem_areas.json: problem_areas.prolonged_grief: `F4381x` is not the shape",
        ),
        (
            |t| swap(&mut t.problem_areas, "\"category\": \"loss\"", "\"category\": \"lost\""),
            "there is no category `lost`",
        ),
        (
            |t| swap(&mut t.techniques, "\"modality\": \"dbt\"", "\"modality\": \"dbtt\""),
            "techniques.json: techniques.chain_analysis: there is no modality `dbtt`",
        ),
        (
            |t| swap(&mut t.evidence, "\"problem_area\": \"alcohol_use\"", "\"problem_area\": \"alcohol\""),
            "evidence.json: evidence.act/alcohol: there is no problem area `alcohol`",
        ),
        (
            |t| swap(&mut t.evidence, "\"weight\": 0.75", "\"weight\": 0.7"),
            "weight 0.7 is not that of its grade",
        ),
        (|t| swap(&mut t.evidence, "\"strong\": 69", "\"strong\": 70"), "evidence.json: header: the counts"),
        (
            |t| {
                swap(
                    &mut t.evidence,
                    "\"weight\": 0.75,\n   \"phase\": \"action\",\n   \"sources\": [\n    \"gloster_2020\"\n",
                    "\"weight\": 0.75,\n   \"phase\": \"action\",\n   \"sources\": [\n    \"practice\"\n",
                );
            },
            "needs a named source",
        ),
        (
            |t| swap(&mut t.evidence, "\"gloster_2020\"\n", "\"gloster_2021\"\n"),
            "there is no source `gloster_2021`",
        ),
        (
            |t| swap(&mut t.evidence, "\"moderate\": 0.75", "\"moderate\": 1.0"),
            "weight 0.75 is not that of its grade",
        ),
        (
            |t| swap(&mut t.rules, "\"avoid\": [\n    \"breathwork\"", "\"avoid\": [\n    \"mindfulness\""),
            "rules.json: rules.bipolar_rule: avoids mindfulness for bipolar",
        ),
        (
            |t| swap(&mut t.rules, "\"source\": \"nice_ng248\"", "\"source\": \"nice_ng2\""),
            "rules.json: rules.gambling_rule: there is no source `nice_ng2`",
        ),
        (
            |t| swap(&mut t.integration, "\"layered\": [\n     \"cbt\"", "\"layered\": [\n     \"cbx\""),
            "integration.json: pillars.theory: there is no modality `cbx`",
        ),
        (
            |t| swap(&mut t.communities, "\"code\": \"veterans\"", "\"code\": \"students\""),
            "communities.json: communities: `students` stands more than once",
        ),
        (
            |t| swap(&mut t.labels, "\"eft_couples\"", "\"eft_couple\""),
            "labels.json: ambiguous.modalities.eft: there is no modality `eft_couple`",
        ),
        (
            |t| swap(&mut t.consultation_questions, "\"weight\": -1.0", "\"weight\": 1.0"),
            "consultation_questions.json: /questions/0/signals/9: The weight",
        ),
        (
            |t| swap(&mut t.crisis, "https://988lifeline.org", "ftp://988lifeline.org"),
            "crisis.json: resources.US/988 Suicide & Crisis Lifeline: the url",
        ),
    ];
    for (corrupt, expected) in faults {
        let said = refusal(corrupt);
        assert!(said.contains(expected), "expected {expected:?}, got {said:?}");
    }
}

#[test]
fn the_version_follows_the_facts_and_not_the_layout() {
    let plain = Catalog::embedded().unwrap().version;
    let mut texts = CatalogTexts::embedded();
    texts.rules = Cow::Owned(serde_json::from_str::<Value>(&texts.rules).unwrap().to_string());
    assert_eq!(Catalog::load(&texts, &Extensions::default()).unwrap().version, plain);
    swap(&mut texts.rules, "Beside medical care.", "Beside medical care!");
    assert_ne!(Catalog::load(&texts, &Extensions::default()).unwrap().version, plain);
}

#[test]
fn an_operator_extends_communities_and_replaces_help_lines() {
    let text = r#"{"communities": [{"code": "farmers", "name": "Farmers", "description": "Knows life on a farm."}],
        "crisis_resources": [{"country": "NZ", "country_name": "New Zealand", "name": "Emergency", "kind": "emergency",
            "phone": "111", "hours": "24/7", "last_verified": "2026-11-20"}]}"#;
    let extensions = Extensions::parse(text).unwrap();
    let catalog = Catalog::load(&CatalogTexts::embedded(), &extensions).unwrap();
    assert!(catalog.communities.iter().any(|c| c.code == "farmers"));
    assert_eq!(catalog.guidance.crisis.resources.iter().filter(|r| r.country == "NZ").count(), 1);
    assert_ne!(catalog.version, Catalog::embedded().unwrap().version);

    let twice = Extensions::parse(&text.replace("farmers", "veterans")).unwrap();
    let said = Catalog::load(&CatalogTexts::embedded(), &twice).unwrap_err().to_string();
    assert!(said.contains("`veterans` stands more than once"), "{said}");
    let nowhere = Extensions::parse(&text.replace("\"NZ\"", "\"QQ\"")).unwrap();
    let said = Catalog::load(&CatalogTexts::embedded(), &nowhere).unwrap_err().to_string();
    assert!(said.contains("there is no country `QQ`"), "{said}");
    assert!(Extensions::parse(r#"{"community": []}"#).is_err());
}
