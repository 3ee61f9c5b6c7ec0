//! Storing and changing consultations.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, LOCATION},
    patch, post,
    web::{Data, block},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{ConsultationPatch, etag, is_visible, unstored};
use crate::{
    answers::sets::Sets,
    auth::caller::ConsultationWriter,
    consultations::{
        Consultations, check,
        model::{Consultation, ConsultationError},
    },
    directory::{patch::merge, view::View},
    fault::Fault,
    id::Id,
    store::{Connection, idempotency::KeyUse},
    web::{
        decode::{Privacy, decode_value},
        etag::Conditions,
        idempotency::{Fingerprinted, IdempotencyHeader, fingerprint},
        json::PrivateJson,
        path::Path,
        problem::Problem,
        problem_responses::{CreateProblems, UpdateProblems},
        storage::key_use,
    },
};

/// Store a consultation
///
/// What a client heard when asking a therapist. It belongs to the calling app, the subject of its token: nobody else sees
/// it, and it is erased `retain_days` after it was stored. Free text is kept encrypted; a server without keys refuses it with
/// `encryption_not_configured`, and stores codes and ratings without it. Signals that a text suggests are not stored, but found
/// when it is read. With an `Idempotency-Key` the same request can be sent again within 24 hours without storing twice; what was
/// erased meanwhile stays erased.
#[utoipa::path(
    tag = "consultations",
    security(("bearer" = ["consultations:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters.", min_length = 1, max_length = 255)),
    request_body(content((Consultation = "application/json", example = json!({
        "therapist_id": "01936f5e-8a00-7000-8000-000000000001",
        "client_ref": "c_9f3a",
        "held_on": "2026-11-20",
        "question_set": {"code": "integrative-core", "version": 1},
        "answers": [{
            "question": "when_stuck",
            "text": "We would say it aloud and look at our goals again.",
            "language": "en",
            "signals": ["names_it_openly", "reviews_goals_progress"],
            "rating": 4,
            "stuck_strategies": ["name_it", "review_goals"]
        }],
        "decision": "continue",
        "retain_days": 180
    })))),
    responses(
        (status = 201, description = "The consultation as stored.", body = Consultation,
            headers(("Location", description = "Where it is."), ("ETag", description = "The revision."))),
        CreateProblems
    )
)]
#[post("/v1/consultations")]
pub async fn create_consultation(
    caller: ConsultationWriter,
    key: IdempotencyHeader,
    body: PrivateJson<Consultation>,
    consultations: Data<Consultations>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (ConsultationWriter(caller), PrivateJson(input)) = (caller, body);
    let key = key_use(key, &consultations.idempotency_secret, caller.name(), &request);
    let key = key.map(|key| hidden(&consultations.idempotency_secret, key, request.path()));
    let stored = block(move || {
        let view = View::of(&caller);
        let may_know = |conn: &mut Connection, id| is_visible(conn, id, view);
        let stored = consultations.create(caller.name(), input, key.as_ref(), may_know)?;
        Ok::<_, Problem>(consultations.presented(stored)?)
    });
    let stored = stored.await.map_err(Problem::internal)??;
    let location = format!("/v1/consultations/{}", stored.id);
    let mut answer = HttpResponse::Created();
    answer.insert_header((LOCATION, location)).insert_header((ETAG, etag(&stored).header()));
    Ok(unstored(answer.json(stored)))
}

/// The key too is kept as a hash only: an app may make it of what it knows of the client.
fn hidden(secret: &[u8; 32], used: KeyUse, path: &str) -> KeyUse {
    let of_key = Fingerprinted { caller: &used.caller, method: "", path, body: used.key.as_bytes() };
    let key = BASE64_URL_SAFE_NO_PAD.encode(fingerprint(secret, &of_key));
    KeyUse { key, ..used }
}

/// Change a consultation
///
/// JSON Merge Patch (RFC 7396): members replace, `null` removes, `answers` is replaced as a whole. `therapist_id` and
/// `client_ref` stay as they are. `retain_days` count from `created_at`: fewer of them can end the consultation at once.
#[utoipa::path(
    tag = "consultations",
    security(("bearer" = ["consultations:write"])),
    params(Id, ("If-Match" = Option<String>, Header, description = "The `ETag` of the revision to change.")),
    request_body(content(
        (ConsultationPatch = "application/merge-patch+json", example = json!({"decision": "continue", "held_on": null})),
        (ConsultationPatch = "application/json", example = json!({"decision": "continue", "held_on": null}))
    )),
    responses(
        (status = 200, description = "The consultation as stored.", body = Consultation, headers(("ETag", description = "The revision."))),
        UpdateProblems
    )
)]
#[patch("/v1/consultations/{id}")]
pub async fn patch_consultation(
    caller: ConsultationWriter,
    id: Path<Id>,
    conditions: Conditions,
    body: PrivateJson<ConsultationPatch>,
    consultations: Data<Consultations>,
) -> Result<HttpResponse, Problem> {
    let (ConsultationWriter(caller), PrivateJson(patch)) = (caller, body);
    let stored = block(move || {
        let may_write = |stored: &Consultation| conditions.allow_write(Some(&etag(stored))).is_ok();
        let changed = consultations.change(caller.name(), *id, may_write, |stored, sets| {
            patched(stored, patch, sets, &consultations)
        })?;
        Ok::<_, Problem>(consultations.presented(changed)?)
    });
    let stored = stored.await.map_err(Problem::internal)??;
    Ok(unstored(HttpResponse::Ok().insert_header((ETAG, etag(&stored).header())).json(stored)))
}

fn patched(
    stored: &Consultation,
    ConsultationPatch(patch): ConsultationPatch,
    sets: &Sets,
    consultations: &Consultations,
) -> Result<Consultation, ConsultationError> {
    let mut target = serde_json::to_value(stored).unwrap_or_default();
    merge(&mut target, Value::Object(patch));
    let (catalog, today) = (&consultations.catalog, consultations.clock.today());
    let faults = |patched: &Consultation| {
        let mut faults = check::faults(patched, sets, catalog, today);
        let stays = |pointer| {
            Fault::new(pointer, "invalid_value", "This stays as it is; store another consultation.")
        };
        if patched.therapist_id != stored.therapist_id {
            faults.push(stays("/therapist_id"));
        }
        if patched.client_ref != stored.client_ref {
            faults.push(stays("/client_ref"));
        }
        faults
    };
    decode_value(target, Privacy::Private, faults).map_err(ConsultationError::Invalid)
}
