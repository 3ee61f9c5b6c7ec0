//! Brings what an import writes into the live index, beside the import: a thread with a short queue.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
};

use super::Live;
use crate::{directory::model::Therapist, id::Id, pace::Pace};

/// Batches that may wait. An import that runs further ahead waits for the index.
const AHEAD: usize = 2;

enum Message {
    Written {
        profiles: Vec<Therapist>,
        others: Vec<Id>,
    },
    /// Everything before it is done: tell so by dropping this.
    Wait(SyncSender<()>),
}

/// The thread; it ends when this is dropped, after what it was fed.
#[derive(Debug)]
pub struct Feeder {
    sender: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn spawn(live: Live, pace: Pace) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(AHEAD);
        let thread = std::thread::Builder::new().name("import-index".to_owned()).spawn(move || {
            pace.settle();
            feed(&live, &receiver);
        })?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    /// Hands over profiles as they were just written, and the ids of others that were changed.
    pub fn feed(&self, profiles: Vec<Therapist>, others: Vec<Id>) {
        if !(profiles.is_empty() && others.is_empty()) {
            self.send(Message::Written { profiles, others });
        }
    }

    /// Waits until everything that was handed over is in the index.
    pub fn wait(&self) {
        let (sender, done) = sync_channel(0);
        self.send(Message::Wait(sender));
        // It only ever ends by the sender being dropped.
        let _ = done.recv();
    }

    fn send(&self, message: Message) {
        if let Some(sender) = &self.sender {
            // The thread only ends before this where it panicked; the follower of the change feed makes up for it.
            let _ = sender.send(message);
        }
    }
}

fn feed(live: &Live, receiver: &Receiver<Message>) {
    for message in receiver {
        match message {
            Message::Written { profiles, others } => {
                if let Err(error) = live.refresh_with(&others, profiles) {
                    // The follower of the change feed makes up for it.
                    tracing::error!(%error, "imported profiles are not in the live index yet");
                }
            }
            Message::Wait(done) => drop(done),
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
