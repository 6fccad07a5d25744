use crate::ask::{HttpClient, ask};
use crate::settings::{HookSettings, UNDER_WAY, WAITING};
use crate::words;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sbc_border::{Consult, Input, Verdict, Wake};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// What somebody else is asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// Where a call goes.
    Consult(Consult),
    /// To wake a browser.
    Wake(Wake),
}

impl Question {
    /// What the border hears if nobody answers.
    pub fn unanswered(&self) -> Input {
        match self {
            Question::Consult(consult) => Input::Decided(consult.id, Verdict::Unanswered),
            Question::Wake(wake) => Input::Unwoken(wake.wake),
        }
    }
}

/// The thread that asks. Dropping it ends it; what is under way is left unanswered.
pub struct Hook {
    outlet: HookOutlet,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Where questions are handed in.
#[derive(Clone)]
pub struct HookOutlet(mpsc::Sender<Question>);

/// Where answers come out.
pub struct HookAnswers(mpsc::Receiver<Input>);

/// Why the thread could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError(String);

impl std::fmt::Display for StartError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl HookOutlet {
    /// Asks. Given back at once is what the border is to hear if too many questions wait already.
    pub fn ask(&self, question: Question) -> Result<(), Box<Input>> {
        self.0
            .try_send(question)
            .map_err(|refused| Box::new(refused.into_inner().unanswered()))
    }
}

impl HookAnswers {
    /// The next answer; `None` when the thread is gone.
    pub async fn recv(&mut self) -> Option<Input> {
        self.0.recv().await
    }

    /// As [`mpsc::Receiver::poll_recv`], for a thread without a runtime.
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<Input>> {
        self.0.poll_recv(context)
    }
}

impl Hook {
    /// Starts the thread.
    pub fn start(settings: HookSettings) -> Result<(Self, HookAnswers), StartError> {
        let failed =
            |error: &dyn std::fmt::Display| StartError(format!("the hook cannot start: {error}"));
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let client = client(&settings).map_err(|error| failed(&error))?;
        let (outlet, questions) = mpsc::channel(WAITING);
        // Room for every question that can be under way or wait.
        let (answers, from_hook) = mpsc::channel(WAITING + UNDER_WAY);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("hook".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = run(Arc::new(settings), client, questions, answers) => {}
                        _ = stopped => {}
                    }
                });
                // A name being looked up may take long and is nobody's concern any more.
                runtime.shutdown_background();
            })
            .map_err(|error| failed(&error))?;
        let hook = Self {
            outlet: HookOutlet(outlet),
            stop: Some(stop),
            thread: Some(thread),
        };
        Ok((hook, HookAnswers(from_hook)))
    }

    /// Where questions are handed in.
    pub fn outlet(&self) -> HookOutlet {
        self.outlet.clone()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // It has no state to lose; if it panicked, that was told where it happened.
            let _ = thread.join();
        }
    }
}

/// With the system's certificates, where anything is asked over TLS: a machine without any is no reason not to ask over plain HTTP.
fn client(settings: &HookSettings) -> Result<HttpClient, std::io::Error> {
    let has_tls = [&settings.calls, &settings.wake]
        .into_iter()
        .flatten()
        .any(|endpoint| endpoint.url.scheme_str() == Some("https"));
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let builder = HttpsConnectorBuilder::new();
    let connector = if has_tls {
        builder
            .with_provider_and_native_roots(provider)?
            .https_or_http()
            .enable_http1()
            .build()
    } else {
        let none = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        builder
            .with_tls_config(none)
            .https_or_http()
            .enable_http1()
            .build()
    };
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

async fn run(
    settings: Arc<HookSettings>,
    client: HttpClient,
    mut questions: mpsc::Receiver<Question>,
    answers: mpsc::Sender<Input>,
) {
    let turns = Arc::new(Semaphore::new(UNDER_WAY));
    while let Some(question) = questions.recv().await {
        let Ok(turn) = turns.clone().acquire_owned().await else {
            return;
        };
        let (settings, client, answers) = (settings.clone(), client.clone(), answers.clone());
        tokio::spawn(async move {
            let answer = answer(&settings, &client, &question).await;
            if let Some(input) = answer {
                // Nobody listens any more only at the end.
                let _ = answers.send(input).await;
            }
            drop(turn);
        });
    }
}

/// What the border hears; nothing if there is nothing to be said.
async fn answer(
    settings: &HookSettings,
    client: &HttpClient,
    question: &Question,
) -> Option<Input> {
    let (endpoint, words) = match question {
        Question::Consult(consult) => (&settings.calls, words::consult(consult)),
        Question::Wake(wake) => (&settings.wake, words::wake(wake)),
    };
    let Some(endpoint) = endpoint else {
        return Some(question.unanswered());
    };
    let answered = ask(client, endpoint, &words).await;
    let outcome = match question {
        Question::Consult(consult) => answered
            .and_then(|body| words::verdict(&body))
            .map(|verdict| Some(Input::Decided(consult.id, verdict))),
        Question::Wake(_) => answered.map(|_| None),
    };
    outcome.unwrap_or_else(|why| {
        tracing::warn!(host = endpoint.url.host(), why, "the hook gives no answer");
        Some(question.unanswered())
    })
}
