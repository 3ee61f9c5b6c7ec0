//! What the databases do to the order of the feed.

use diesel::prelude::*;
use serde_json::json;
use tailor::{
    directory::{
        model::{ServerFields, Therapist},
        store as rows,
    },
    id::Id,
    store::{Connection, StoreError, schema::directory_changes as feed},
};

use super::{add, ask, profile, text, told, told_until};
use crate::support::{
    app::{App, now},
    database::Database,
};

fn stored(external_id: &str) -> Therapist {
    let mut therapist: Therapist =
        serde_json::from_value(profile("acme", external_id, &json!({}))).expect("a profile");
    let at = now();
    let id = Id::new(at);
    therapist.stamp(ServerFields { id, revision: 1, import_id: None, created_at: at, updated_at: at });
    therapist
}

/// On PostgreSQL a transaction that took its number early may be seen late: a mirror that went past it meanwhile would miss
/// it. Those behind it wait.
#[test]
fn a_change_that_is_seen_late_is_not_missed() {
    let Some(database) = Database::postgres() else { return };
    let app = App::from(database);
    let start = told(&app, &app.writer(), "").next;
    let (late, early) = (stored("late"), stored("early"));
    let writer = app.writer();
    let next = app
        .assembly
        .foundation
        .store
        .write(|conn| -> Result<String, StoreError> {
            rows::insert(conn, std::slice::from_ref(&late))?;
            app.assembly.foundation.store.write(|conn| rows::insert(conn, std::slice::from_ref(&early)))?;
            app.assembly.live.refresh(&[early.id])?;
            let page = ask(&writer, &format!("since={start}&wait=1")).expect(200).json();
            assert_eq!(page["items"], json!([]), "the earlier one may yet come");
            Ok(text(&page["next"]))
        })
        .expect("both are written");
    let told = told_until(&writer, &format!("since={next}"), &early.id.to_string());
    let ids: Vec<&str> = told.items.iter().map(|item| item["id"].as_str().expect("an id")).collect();
    assert_eq!(ids, [late.id.to_string(), early.id.to_string()]);
}

/// A dump that is restored in another cluster brings changes whose transactions mean nothing there.
#[test]
fn changes_of_another_cluster_begin_the_feed() {
    let Some(database) = Database::postgres() else { return };
    let again = database.again();
    let (ids, old) = {
        let app = App::from(database);
        let ids = [add(&app, "acme", "1", &json!({})), add(&app, "acme", "2", &json!({}))];
        let far = |conn: &mut Connection| -> Result<usize, StoreError> {
            let Connection::Postgres(c) = conn else { panic!("PostgreSQL") };
            let moved = diesel::update(feed::table)
                .set(feed::transaction_id.eq(feed::transaction_id + (1_i64 << 50)));
            Ok(moved.execute(&mut **c)?)
        };
        assert_eq!(app.assembly.foundation.store.write(far).expect("moved"), 2);
        let old = tailor::web::page::encode_cursor("changes", &((1_i64 << 50) + 7, 2)).expect("a place");
        (ids, old)
    };
    let app = App::from(again);
    let all = told(&app, &app.writer(), "").items;
    let told: Vec<&str> = all.iter().map(|item| item["id"].as_str().expect("an id")).collect();
    assert_eq!(told, ids);
    assert_eq!(ask(&app.writer(), &format!("since={old}")).faults()[0].1, "invalid_cursor");
}
