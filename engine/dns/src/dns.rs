use crate::lookup::{look_up, resolver};
use crate::{Servers, Settings};
use hickory_resolver::TokioResolver;
use sip_locate::{Answer, Question};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout};

/// How long the system's files are believed.
const FILES: Duration = Duration::from_secs(60);

/// The way to DNS. Cheap to clone; when the last one is dropped, its thread ends.
#[derive(Clone)]
pub struct Dns {
    questions: mpsc::Sender<Question>,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

/// Why the thread could not be started.
#[derive(Debug)]
pub struct StartError(std::io::Error);

impl Dns {
    /// Starts the thread that asks.
    pub fn start(
        settings: Settings,
    ) -> Result<(Self, mpsc::Receiver<(Question, Answer)>), StartError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError)?;
        let most = settings.waiting.max(1);
        let (questions, asked) = mpsc::channel(most);
        // Each question that waits has its place among the answers.
        let room = most.saturating_add(settings.at_once.max(1));
        let (answers, answered) = mpsc::channel(room);
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = waiting.clone();
        std::thread::Builder::new()
            .name("dns".to_owned())
            .spawn(move || runtime.block_on(serve(settings, asked, answers, counted)))
            .map_err(StartError)?;
        let dns = Self {
            questions,
            waiting,
            most,
        };
        Ok((dns, answered))
    }

    /// Asks. `false`: too much waits, and there will be no answer: take it for [`Answer::Failed`].
    #[must_use]
    pub fn ask(&self, question: Question) -> bool {
        if self.waiting.load(Ordering::Relaxed) >= self.most {
            return false;
        }
        self.questions.try_send(question).is_ok()
    }
}

async fn serve(
    settings: Settings,
    mut asked: mpsc::Receiver<Question>,
    told: mpsc::Sender<(Question, Answer)>,
    waiting: Arc<AtomicUsize>,
) {
    let turns = Arc::new(Semaphore::new(settings.at_once.max(1)));
    let mut current: Option<(Arc<TokioResolver>, Instant)> = None;
    while let Some(question) = asked.recv().await {
        let stale = settings.servers == Servers::System;
        current = current.filter(|(_, made)| !stale || made.elapsed() < FILES);
        let resolver = match &current {
            Some((resolver, _)) => Some(resolver.clone()),
            None => match resolver(&settings) {
                Ok(made) => {
                    let made = Arc::new(made);
                    current = Some((made.clone(), Instant::now()));
                    Some(made)
                }
                Err(error) => {
                    tracing::warn!(%error, "DNS cannot be asked; look at /etc/resolv.conf");
                    None
                }
            },
        };
        waiting.fetch_add(1, Ordering::Relaxed);
        let (turns, told, waiting) = (turns.clone(), told.clone(), waiting.clone());
        let patience = settings.patience;
        tokio::spawn(async move {
            let asking = async {
                let _turn = turns.acquire().await.ok()?;
                Some(look_up(&*resolver?, &question).await)
            };
            let answer = timeout(patience, asking).await.ok().flatten();
            let answer = answer.unwrap_or(Answer::Failed);
            tracing::debug!(name = question.name, kind = ?question.kind, ?answer, "DNS");
            let _ = told.send((question, answer)).await;
            waiting.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the thread for DNS cannot start: {}", self.0)
    }
}

impl std::error::Error for StartError {}
