//! The OpenAPI document: what all operations share. The operations themselves come from the mounted routes.

use actix_web::App;
use utoipa::{
    OpenApi as _,
    openapi::{
        OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt as _;

use crate::web::{page, problem_responses};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tailor",
        description = "A therapist directory and matching for integrative therapy: profiles tagged with the modalities \
            they blend, ranked for a client's problem areas with every reason named.\n\n\
            Information, not medical advice. Nothing here promises an outcome. What a match request says of a client is \
            neither stored nor logged.\n\n\
            Errors are problem details (RFC 9457); their kinds are explained at [/problems/](/problems/). Unknown fields \
            are refused. Reading and matching need no token where the operator allows it; `tailor token --scopes admin` \
            makes one.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "matching", description = "Ranking therapists for a client's needs, with every reason."),
        (name = "consultation", description = "Questions for a first consultation, their answers, and what clients heard."),
        (name = "directory", description = "Therapist profiles."),
        (name = "catalog", description = "The knowledge base: modalities, problem areas, evidence, techniques, with sources."),
        (name = "consultations", description = "What clients heard when asking; each app sees its own."),
        (name = "imports", description = "Bulk imports of profiles."),
        (name = "aliases", description = "The operator's own labels, by which imports read what the catalog cannot place."),
        (name = "removals", description = "Therapists who asked to be removed, and lifting that."),
        (name = "exports", description = "The directory as a file."),
        (name = "changes", description = "The directory's change feed, for mirrors."),
        (name = "auth", description = "Tokens and keys."),
        (name = "operations", description = "Health and metrics.")
    )
)]
struct Base;

/// The document of everything that this server mounts.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(base()).configure(super::routes).split_for_parts();
    problem_responses::register(&mut document);
    page::share_items(&mut document);
    say_what_is_open(&mut document);
    document
}

/// Gives every operation that names no security the requirement of none, so that silence is never read as an oversight.
fn say_what_is_open(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            operation.security.get_or_insert_with(|| vec![SecurityRequirement::default()]);
        }
    }
}

fn base() -> OpenApi {
    let mut base = Base::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A token of this server, from `tailor token`. Scopes: `admin` (all others), `profiles:write` (also reads \
             everything), `directory:read`, `match:run`, `imports:write`, `consultations:write`.",
        ))
        .build();
    let components = base.components.get_or_insert_with(Default::default);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    base
}
