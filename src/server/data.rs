//! What handlers find in `Data`.

use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Assembly, operations};
use crate::{
    aliases::api::AliasTable,
    auth::{caller::PublicRead, token::Tokens},
    catalog::model::Catalog,
    changes::api::Changes,
    clock::Clock,
    comparisons::mentions::Mentions,
    config::StaleMode,
    consultations::Consultations,
    directory::api::Directory,
    export::{
        api::{AT_ONCE, Exports},
        stream::Slots,
    },
    import::{
        api::{Imports, events::Followers},
        upload::ImportLimit,
        worker::Nudge,
    },
    matches::api::Matches,
    matching::rank::Staleness,
    questions::{Questions, api::QuestionSets},
    search::api::Search,
    store::Store,
    web::{body::BodyLimit, compute::Compute, edge::Edge},
};

/// What handlers find in `Data`: one entry for each thing they use.
#[derive(Clone)]
pub(super) struct AppData {
    assembly: Data<Assembly>,
    document: Data<operations::Document>,
    pub(super) edge: Data<Edge>,
    clock: Data<Clock>,
    tokens: Data<Tokens>,
    public_read: Data<PublicRead>,
    body_limit: BodyLimit,
    catalog: Data<Catalog>,
    questions: Data<Questions>,
    question_sets: Data<QuestionSets>,
    consultations: Data<Consultations>,
    directory: Data<Directory>,
    matches: Data<Matches>,
    search: Data<Search>,
    imports: Data<Imports>,
    aliases: Data<AliasTable>,
    exports: Data<Exports>,
    changes: Data<Changes>,
    store: Data<Store>,
    mentions: Data<Mentions>,
}

impl AppData {
    /// All of it, from what the server consists of.
    pub(super) fn of(
        assembly: &Assembly,
        document: operations::Document,
        edge: Data<Edge>,
        nudge: Nudge,
        followers: Followers,
        changes: Changes,
    ) -> Self {
        let directory = Directory {
            store: assembly.foundation.store.clone(),
            live: assembly.live.clone(),
            catalog: assembly.foundation.catalog.clone(),
            questions: assembly.foundation.questions.clone(),
            clock: assembly.clock.clone(),
            stale_after_days: assembly.settings.stale_after_days,
            idempotency_secret: assembly.tokens.keys().secret_for("idempotency"),
        };
        let compute = Compute::default();
        let secret = directory.idempotency_secret;
        let question_sets = QuestionSets::new(
            &assembly.foundation.questions,
            &assembly.foundation.store,
            &assembly.clock,
            secret,
        );
        Self {
            assembly: Data::new(assembly.clone()),
            document: Data::new(document),
            edge,
            store: Data::new(assembly.foundation.store.clone()),
            mentions: Data::new(Mentions::new(&assembly.foundation.catalog)),
            clock: Data::new(assembly.clock.clone()),
            tokens: Data::new(assembly.tokens.clone()),
            public_read: Data::new(PublicRead(assembly.settings.public_read)),
            body_limit: BodyLimit(assembly.settings.max_body_bytes),
            catalog: Data::from(assembly.foundation.catalog.clone()),
            questions: Data::new(assembly.foundation.questions.clone()),
            question_sets: Data::new(question_sets),
            consultations: Data::new(assembly.consultations.clone()),
            directory: Data::new(directory),
            matches: Data::new(matches_of(assembly, compute.clone())),
            search: Data::new(Search {
                store: assembly.foundation.store.clone(),
                live: assembly.live.clone(),
                catalog: assembly.foundation.catalog.clone(),
                clock: assembly.clock.clone(),
                stale_after_days: assembly.settings.stale_after_days,
                compute,
            }),
            imports: Data::new(Imports {
                store: assembly.foundation.store.clone(),
                clock: assembly.clock.clone(),
                limit: ImportLimit(assembly.settings.max_import_bytes),
                nudge,
                followers,
                idempotency_secret: assembly.tokens.keys().secret_for("idempotency"),
            }),
            changes: Data::new(changes),
            aliases: Data::new(AliasTable {
                store: assembly.foundation.store.clone(),
                clock: assembly.clock.clone(),
                idempotency_secret: assembly.tokens.keys().secret_for("idempotency"),
            }),
            exports: Data::new(Exports {
                store: assembly.foundation.store.clone(),
                catalog: assembly.foundation.catalog.clone(),
                clock: assembly.clock.clone(),
                stale_after_days: assembly.settings.stale_after_days,
                slots: Slots::new(AT_ONCE),
            }),
        }
    }

    /// Gives it to an application.
    pub(super) fn register(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.assembly.clone())
            .app_data(self.document.clone())
            .app_data(self.edge.clone())
            .app_data(self.clock.clone())
            .app_data(self.tokens.clone())
            .app_data(self.public_read.clone())
            .app_data(self.body_limit)
            .app_data(self.catalog.clone())
            .app_data(self.questions.clone())
            .app_data(self.question_sets.clone())
            .app_data(self.consultations.clone())
            .app_data(self.directory.clone())
            .app_data(self.matches.clone())
            .app_data(self.search.clone())
            .app_data(self.imports.clone())
            .app_data(self.aliases.clone())
            .app_data(self.exports.clone())
            .app_data(self.changes.clone())
            .app_data(self.store.clone())
            .app_data(self.mentions.clone());
    }
}

fn matches_of(assembly: &Assembly, compute: Compute) -> Matches {
    let days = assembly.settings.stale_after_days;
    Matches {
        live: assembly.live.clone(),
        catalog: assembly.foundation.catalog.clone(),
        policy: assembly.policy.clone(),
        clock: assembly.clock.clone(),
        stale_after_days: days,
        compute,
        staleness: match assembly.settings.stale {
            StaleMode::Mark => Staleness::Mark,
            StaleMode::Demote => Staleness::Demote { days },
            StaleMode::Hide => Staleness::Hide { days },
        },
    }
}
