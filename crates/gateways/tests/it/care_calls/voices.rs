//! A voice that fails, before a family is called or in the middle of its call.

use super::{Day, HOUR, MINUTE, came};
use async_trait::async_trait;
use duty::prompts::{Prompter, Speech};
use health::care_calls::{Came, Dialler, State};
use kernel::{Error, Result};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

/// A voice that fails at some words.
struct Failing(&'static str);

#[async_trait]
impl Speech for Failing {
    fn voice(&self) -> &'static str {
        "failing"
    }

    async fn speak(&self, words: &str) -> Result<Vec<i16>> {
        if words.to_lowercase().contains(self.0) {
            return Err(Error::Unavailable("the voice fails".into()));
        }
        Ok(vec![0; 8_000])
    }
}

async fn with_voice(voice: Failing) -> Day {
    let mut day = Day::begin().await;
    let prompter = Prompter::new(Some(Arc::new(voice)), None);
    day.dialler = Dialler::new(day.centre.store.clone(), Arc::new(day.exchange.clone()), prompter);
    day
}

#[tokio::test]
async fn whatever_fails_after_an_alarm_the_household_stands_as_flagged() {
    let day = with_voice(Failing("nguy kịch")).await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "3"]).await;
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, came(&line)), (State::Flagged, vec![Some(Came::Flagged)]));
    assert_eq!(day.red_flags().await, 1);
    assert!(day.count("select count(*) from events where kind = 'ticket.noted'").await >= 1);
    day.wait(MINUTE * 3).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0, "no robot rings while people try to get through");
}

#[tokio::test]
async fn a_family_that_has_heard_us_fail_is_called_at_another_hour() {
    let day = with_voice(Failing("nhiệt")).await;
    let call = day.greeted().await;
    day.answers_all(call, &["1", "1"]).await;
    day.dialler.finished().await;
    let line = day.line().await;
    assert_eq!((line.state, line.unanswered, came(&line)), (State::Waiting, 1, vec![Some(Came::Partial)]));
    day.wait(MINUTE * 50).await;
    assert_eq!(day.dialler.tick().await.unwrap(), 0);
}

/// A voice that may fall silent.
struct Mortal(AtomicBool);

#[async_trait]
impl Speech for Mortal {
    fn voice(&self) -> &'static str {
        "mortal"
    }

    async fn speak(&self, _words: &str) -> Result<Vec<i16>> {
        if self.0.load(SeqCst) { Ok(vec![0; 8_000]) } else { Err(Error::Unavailable("it is silent".into())) }
    }
}

#[tokio::test]
async fn a_voice_that_has_fallen_silent_calls_nobody_whatever_it_has_said_before() {
    let mut day = Day::begin().await;
    let voice = Arc::new(Mortal(AtomicBool::new(true)));
    let prompter = Prompter::new(Some(voice.clone()), None);
    day.dialler = Dialler::new(day.centre.store.clone(), Arc::new(day.exchange.clone()), prompter);
    let call = day.rings().await;
    day.exchange.reject(call);
    day.dialler.finished().await;
    day.wait(HOUR + MINUTE).await;
    voice.0.store(false, SeqCst);
    assert!(matches!(day.dialler.tick().await, Err(Error::Unavailable(_))));
    assert_eq!(day.exchange.calls().len(), 1);
    assert_eq!((day.line().await.state, day.line().await.unanswered), (State::Waiting, 1));
    voice.0.store(true, SeqCst);
    day.rings().await;
}
