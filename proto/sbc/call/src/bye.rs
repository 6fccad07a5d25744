use crate::end::Ending;
use crate::{Asked, Call, Context, Crossing, Side};

impl Call {
    /// A leg hangs up. Its BYE is answered at once; the other leg gets one of its own.
    pub(crate) fn bye(
        &mut self,
        context: &mut Context<'_>,
        side: Side,
        asked: &Asked,
        crossing: Crossing,
    ) {
        asked.refuse(context, 200);
        let leg = self.leg_mut(side);
        leg.over = true;
        leg.unacknowledged = None;
        self.end(
            context,
            Ending::new(487, side.word()).goodbye(crossing.headers),
        );
    }
}
