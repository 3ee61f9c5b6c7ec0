//! A request as one SQL query: constraints, problem fit, preference, the best twenty.

use tailor::{
    matching::needs::{Near, Needs},
    vocabulary::{Attitude, Importance, SessionFormat},
};

use super::facts::{Facts, point, squared_chord};

/// Which therapists fulfil the constraints, as the beginning of a query that goes on from `eligible`.
pub fn eligible(facts: &Facts, needs: &Needs) -> String {
    let asked = &needs.constraints;
    let mut tests = vec![
        "t.status = 'published'".to_owned(),
        "NOT EXISTS (SELECT 1 FROM peer_duplicates d WHERE d.therapist_id = t.id)".to_owned(),
    ];
    if asked.accepting {
        tests.push("t.accepting = 'accepting'".to_owned());
    }
    if let Some(plans) = &asked.insurance {
        tests.push(format!(
            "EXISTS (SELECT 1 FROM therapist_insurance i WHERE i.therapist_id = t.id AND i.code IN ({}))",
            texts(plans)
        ));
    }
    let mut parts = Vec::new();
    if let (Some(place), Some(near)) = (&asked.jurisdiction, asked.near) {
        // The requests here ask for both ways to meet, or for neither.
        assert_eq!(
            asked.session_formats.as_deref(),
            Some([SessionFormat::InPerson, SessionFormat::Video].as_slice())
        );
        parts.push(format!(
            "licensed AS (SELECT therapist_id FROM therapist_licenses WHERE jurisdiction = '{place}' \
             AND status = 'active' AND (expires_on IS NULL OR expires_on >= '{}'))",
            needs.as_of
        ));
        parts.push(format!(
            "met AS (
                SELECT l.therapist_id FROM (
                    SELECT therapist_id FROM licensed
                    UNION SELECT therapist_id FROM therapist_remote_jurisdictions WHERE code = '{place}'
                ) l JOIN therapist_session_formats f ON f.therapist_id = l.therapist_id AND f.code = 'video'
                UNION
                SELECT l.therapist_id FROM ({}) l
                JOIN therapist_session_formats f ON f.therapist_id = l.therapist_id AND f.code = 'in_person'
                WHERE l.therapist_id IN (SELECT therapist_id FROM licensed
                    UNION SELECT therapist_id FROM therapist_locations WHERE region = '{place}'
                    UNION SELECT therapist_id FROM therapist_locations WHERE country = '{place}')
            )",
            within(facts, near)
        ));
        tests.push("t.id IN (SELECT therapist_id FROM met)".to_owned());
    }
    let preference = preference(facts, needs).unwrap_or_else(|| real(0.0));
    parts.push(format!(
        "eligible AS MATERIALIZED (SELECT t.id, {preference} AS preference FROM therapists t WHERE {})",
        tests.join(" AND ")
    ));
    format!("WITH {}", parts.join(",\n"))
}

/// The whole query: id, problem fit, preference (0 where none is stated) and score of the best.
pub fn best(facts: &Facts, needs: &Needs) -> String {
    let shares = facts.shares(needs);
    let asked: Vec<String> = shares
        .iter()
        .map(|(area, share)| {
            let specificity = facts.catalog.problem_areas[*area].specificity;
            format!("({area}, {}, {})", real(*share), real(specificity))
        })
        .collect();
    let tables = &facts.policy.tables;
    let (of_fit, of_preference) = facts.weights(preference(facts, needs).is_some());
    format!(
        "{eligible},
        asked (area, share, specificity) AS (VALUES {asked}),
        rated AS (
            SELECT e.id, r.area, c.depth * r.rating AS x,
                row_number() OVER (PARTITION BY e.id, r.area ORDER BY c.depth * r.rating DESC) AS place
            FROM eligible e
            JOIN peer_claims c ON c.therapist_id = e.id
            JOIN peer_ratings r ON r.modality = c.modality AND r.area IN ({areas})
        ),
        covered AS (
            SELECT id, area, max(x) AS best, coalesce(max(CASE place WHEN 2 THEN x END), {zero}) AS second
            FROM rated WHERE place <= 2 GROUP BY id, area
        ),
        fitted AS (
            SELECT e.id, e.preference, sum(a.share * (
                a.specificity * coalesce(v.best + {kappa} * (1 - v.best) * v.second, {zero})
                + (1 - a.specificity) * coalesce(d.tau, {undeclared}))) AS problem_fit
            FROM eligible e
            CROSS JOIN asked a
            LEFT JOIN covered v ON v.id = e.id AND v.area = a.area
            LEFT JOIN peer_declarations d ON d.therapist_id = e.id AND d.area = a.area
            GROUP BY e.id, e.preference
        )
        SELECT id, problem_fit, preference, {of_fit} * problem_fit + {of_preference} * preference AS score
        FROM fitted ORDER BY score DESC, id LIMIT {limit}",
        eligible = eligible(facts, needs),
        asked = asked.join(", "),
        areas = shares.iter().map(|(area, _)| area.to_string()).collect::<Vec<_>>().join(", "),
        zero = real(0.0),
        kappa = real(tables.coverage.second_modality),
        undeclared = real(tables.declaration.undeclared),
        of_fit = real(of_fit),
        of_preference = real(of_preference),
        limit = needs.limit,
    )
}

/// Who has a location within the circle: first by a box, for the index, then by the straight line through the sphere.
fn within(facts: &Facts, near: Near) -> String {
    let [x, y, z] = point((near.latitude, near.longitude));
    let north =
        (near.radius_km / facts.policy.tables.practical.nearness.earth_radius_km).to_degrees() * 1.001;
    let east = north / (near.latitude.abs() + north).min(89.0).to_radians().cos();
    format!(
        "SELECT DISTINCT therapist_id FROM peer_points WHERE latitude BETWEEN {} AND {} AND longitude BETWEEN {} AND {} \
         AND (x - {x}) * (x - {x}) + (y - {y}) * (y - {y}) + (z - {z}) * (z - {z}) <= {}",
        real(near.latitude - north),
        real(near.latitude + north),
        real(near.longitude - east),
        real(near.longitude + east),
        real(squared_chord(near.radius_km, &facts.policy)),
        x = real(x),
        y = real(y),
        z = real(z),
    )
}

/// The mean satisfaction of what is preferred, where anything is.
fn preference(facts: &Facts, needs: &Needs) -> Option<String> {
    let (table, wishes) = (&facts.policy.tables.preference, &needs.preferences);
    let (one, zero, unknown) = (real(1.0), real(0.0), real(table.unknown));
    let mut stated: Vec<(Importance, String)> = Vec::new();
    for wish in &wishes.modalities {
        let (yes, no) = if wish.attitude == Attitude::Prefer { (&one, &zero) } else { (&zero, &one) };
        let claims = format!(
            "SELECT 1 FROM peer_claims c WHERE c.therapist_id = t.id AND c.modality = {}",
            wish.modality
        );
        stated.push((wish.importance, format!("CASE WHEN EXISTS ({claims}) THEN {yes} ELSE {no} END")));
    }
    if let Some(wish) = &wishes.genders {
        let codes: Vec<String> = wish.any_of.iter().map(|gender| gender.code().to_owned()).collect();
        stated.push((
            wish.importance,
            format!(
                "CASE WHEN t.gender IS NULL THEN {unknown} WHEN t.gender IN ({}) THEN {one} ELSE {zero} END",
                texts(&codes)
            ),
        ));
    }
    if let Some(wish) = &wishes.languages {
        let spoken = "SELECT 1 FROM therapist_languages s WHERE s.therapist_id = t.id";
        let tests: Vec<String> =
            wish.any_of.iter().map(|code| format!("s.code = '{code}' OR s.code LIKE '{code}-%'")).collect();
        stated.push((
            wish.importance,
            format!(
                "CASE WHEN EXISTS ({spoken} AND ({})) THEN {one} WHEN EXISTS ({spoken}) THEN {zero} ELSE {unknown} END",
                tests.join(" OR ")
            ),
        ));
    }
    if let Some(style) = &wishes.style {
        for (axis, wanted) in
            ["directiveness", "emotional_intensity", "past_focus", "challenge"].iter().zip(style.axes)
        {
            let Some(wanted) = wanted else { continue };
            let near = format!("1 - abs(t.{axis} - ({wanted})) / {}", real(table.style_span));
            stated.push((style.importance, format!("coalesce({near}, {unknown})")));
        }
    }
    let importance = |of: Importance| table.importance.of(of).expect("no request has a must");
    let total: f64 = stated.iter().map(|(of, _)| importance(*of)).sum();
    let terms: Vec<String> =
        stated.iter().map(|(of, value)| format!("{} * ({value})", real(importance(*of) / total))).collect();
    (!terms.is_empty()).then(|| terms.join(" + "))
}

fn texts(codes: &[String]) -> String {
    codes.iter().map(|code| format!("'{code}'")).collect::<Vec<_>>().join(", ")
}

/// A number that is no decimal to PostgreSQL.
fn real(value: f64) -> String {
    format!("CAST({value:?} AS DOUBLE PRECISION)")
}
