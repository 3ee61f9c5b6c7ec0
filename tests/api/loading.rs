//! What a server answers before the directory is in memory.

use diesel::connection::SimpleConnection as _;
use serde_json::json;
use tailor::{
    clock::Clock,
    store::{Connection, Store, StoreError},
};

use crate::support::{
    app::{App, now},
    database::Database,
};

/// PostgreSQL lets a reader be held up, and with it the load.
#[test]
fn until_the_directory_is_loaded_the_server_is_alive_but_not_ready() {
    let Some(database) = Database::postgres() else { return };
    let store = Store::open(&database.url).expect("the database opens");
    let needs = json!({"problem_areas": [{"code": "ptsd"}]});
    let locked: Result<App, StoreError> = store.write(|conn| {
        let Connection::Postgres(c) = conn else { panic!("this is PostgreSQL") };
        c.batch_execute("LOCK TABLE therapist_fees IN ACCESS EXCLUSIVE MODE")?;
        c.batch_execute("LOCK TABLE therapists IN ACCESS EXCLUSIVE MODE")?;
        let app = App::still_loading(database, &[], Clock::fixed(now()));
        let anyone = app.anonymous();
        anyone.get("/livez").expect(200);
        anyone.get("/docs/").expect(200);
        for refused in
            [anyone.get("/readyz"), anyone.get("/v1/therapists"), anyone.post("/v1/matches", &needs)]
        {
            assert_eq!(refused.header("retry-after"), "2");
            assert_eq!(refused.problem(503), "unavailable");
        }
        Ok(app)
    });
    let app = locked.expect("the tables are locked");
    app.wait_until_loaded();
    app.anonymous().get("/readyz").expect(200);
    app.anonymous().post("/v1/matches", &needs).expect(200);
}
