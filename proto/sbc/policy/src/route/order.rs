use super::Choice;
use proto_base::Random;

/// The order in which choices are tried: by priority, the lowest first; those of one priority drawn by weight (RFC 2782, "Usage
/// rules"), so that of two with weights 3 and 1 the first is first in three calls of four.
pub(super) fn ordered(choices: &[Choice], random: &mut Random) -> Vec<Choice> {
    let mut left: Vec<Choice> = choices.to_vec();
    left.sort_by_key(|choice| choice.priority);
    let mut order = Vec::with_capacity(left.len());
    while let Some(first) = left.first() {
        let priority = first.priority;
        let alike = left
            .iter()
            .take_while(|choice| choice.priority == priority)
            .count();
        let at = if alike == 1 {
            0
        } else {
            let drawn = left.get(..alike).unwrap_or_default();
            let weights: Vec<u16> = drawn.iter().map(|choice| choice.weight).collect();
            draw(&weights, random)
        };
        order.push(left.remove(at));
    }
    order
}

/// One of them, by weight. Weight 0 is drawn only where all have it.
pub(crate) fn draw(weights: &[u16], random: &mut Random) -> usize {
    let sum: u64 = weights.iter().copied().map(u64::from).sum();
    let Some(mut drawn) = random.u64().checked_rem(sum) else {
        return 0;
    };
    for (at, weight) in weights.iter().copied().enumerate() {
        match drawn.checked_sub(weight.into()) {
            None => return at,
            Some(rest) => drawn = rest,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;
    use crate::PeerId;

    fn choice(peer: u16, priority: u16, weight: u16) -> Choice {
        Choice {
            peer: PeerId(peer),
            priority,
            weight,
        }
    }

    #[test]
    fn a_lower_priority_comes_first_and_weights_share_the_calls() {
        let choices = [
            choice(9, 2, 1),
            choice(1, 1, 3),
            choice(2, 1, 1),
            choice(3, 1, 0),
        ];
        let mut random = Random::from_number(1);
        let mut first = [0_u32; 10];
        for _ in 0..4000 {
            let order = ordered(&choices, &mut random);
            assert_eq!(order.len(), 4);
            assert_eq!(order[3].peer, PeerId(9));
            first[usize::from(order[0].peer.0)] += 1;
        }
        assert!((2800..3200).contains(&first[1]), "{first:?}");
        assert!((800..1200).contains(&first[2]), "{first:?}");
        assert_eq!(first[3], 0, "a spare is never first");
    }
}
