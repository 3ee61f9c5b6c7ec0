//! A private PostgreSQL server for the tests of this process, where its binaries are found.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// A server that lives as long as this process.
pub struct Server {
    folder: PathBuf,
}

static SERVER: OnceLock<Option<Server>> = OnceLock::new();

/// The server, started on first use; none where PostgreSQL is not installed, which the caller reports.
///
/// With `TAILOR_TEST_POSTGRES=require` a missing server is a failure.
pub fn server() -> Option<&'static Server> {
    let server = SERVER.get_or_init(|| start(FORGETFUL));
    if server.is_none() && std::env::var("TAILOR_TEST_POSTGRES").is_ok_and(|value| value == "require") {
        panic!("PostgreSQL is required, but its binaries (initdb, pg_ctl) were not found");
    }
    server.as_ref()
}

/// What a server of tests may do for speed: it keeps nothing.
const FORGETFUL: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB";

/// Starts a server with these options, where PostgreSQL is installed.
pub fn start(options: &str) -> Option<Server> {
    binaries().map(|binaries| Server::start(&binaries, options))
}

/// The newest folder that holds `initdb` and `pg_ctl`.
fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// PostgreSQL refuses to run as root: then it runs as whoever else is there for such work.
fn other_user() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("there are users");
    let find = |name: &str| {
        let fields: Vec<&str> =
            users.lines().find(|line| line.starts_with(&format!("{name}:")))?.split(':').collect();
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("there is a user to run PostgreSQL as"))
}

impl Server {
    fn start(binaries: &Path, options: &str) -> Self {
        let folder =
            tempfile::Builder::new().prefix("tailor-pg-").tempdir_in("/tmp").expect("a folder").keep();
        let user = other_user();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("the folder is handed over");
        }
        let command = |program: &str| {
            let mut command = Command::new(program);
            if let Some((uid, gid)) = user {
                command.gid(gid).uid(uid);
            }
            command.current_dir(&folder).env("LC_ALL", "C");
            command
        };
        let data = folder.join("data");
        let made = command(binaries.join("initdb").to_str().expect("a path in UTF-8"))
            .args(["--auth=trust", "--username=tailor", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let options = format!("-k {} -c listen_addresses= {options}", folder.display());
        let control = binaries.join("pg_ctl");
        let control = control.to_str().expect("a path in UTF-8");
        let started = command(control)
            .arg("--pgdata")
            .arg(&data)
            .arg("--log")
            .arg(folder.join("log"))
            .args(["--options", &options, "--wait", "--silent", "start"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(started.success(), "PostgreSQL does not start: {log}");
        // The shell waits for this process to end, however it ends: its standard input closes then.
        let script = r#"cat >/dev/null; "$1" --pgdata "$2/data" --mode immediate --silent stop; rm -rf "$2""#;
        let watcher = command("/bin/sh")
            .args(["-c", script, "sh", control])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell runs");
        std::mem::forget(watcher);
        let server = Self { folder };
        tailor::store::migrate::run(&server.create("template")).expect("the template is migrated");
        server
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=tailor", self.folder.display())
    }

    fn create(&self, name: &str) -> String {
        self.sql(&format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    /// A fresh database with all tables.
    pub fn fresh(&self) -> String {
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE template"));
        self.url(&name)
    }

    /// A fresh database without tables.
    pub fn empty(&self) -> String {
        self.create(&format!("e{}", uuid::Uuid::now_v7().simple()))
    }

    /// A fresh database without tables, of which the default is not the order of bytes.
    pub fn in_english(&self) -> String {
        let name = format!("l{}", uuid::Uuid::now_v7().simple());
        self.sql(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
        ));
        self.url(&name)
    }

    fn sql(&self, sql: &str) {
        execute(&self.url("postgres"), sql);
    }
}

/// Runs statements on a connection of their own.
pub fn execute(url: &str, sql: &str) {
    let config: tokio_postgres::Config = url.parse().expect("the URL is sound");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("the server answers");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect("the statement runs");
    });
}
