//! Maps each verb to its function: [`Evaluator::apply`] has one arm per verb.
//!
//! A new verb is an arm here, an entry in `lang::verbs`, and a function in `stage`.

use crate::eval::error::Result;
use crate::eval::query::check::Demand;
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream};
use crate::eval::query::stage::{Order, granularity, invert, rate, rewrite_all};
use crate::eval::result::value::{Value, View};
use crate::eval::selection::labels::{tagleaf, tagroot};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::rewrite;
use crate::lang::ast::Stage;
use crate::lang::verbs::{
    ExploreVerb, FindingVerb, GroupVerb, StackVerb, TableVerb, Verb, ViewVerb,
};
use crate::profile::Symbols;

impl Evaluator<'_> {
    /// Applies one verb. A selection already has what the plan asks for: stacks, if this or
    /// a later stage reads them.
    pub fn apply(&self, piped: Piped, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
        let (args, work) = (&stage.args, self.context.work);
        match stage.verb.id {
            Verb::Stack(StackVerb::Focus) => self.rewrite(piped, stage, Demand::Match),
            Verb::Stack(StackVerb::Ignore) => self.rewrite(piped, stage, Demand::Note),
            Verb::Stack(StackVerb::Show) | Verb::Stack(StackVerb::ShowFrom) => {
                self.rewrite(piped, stage, Demand::MatchFrame)
            }
            Verb::Stack(StackVerb::Hide) | Verb::Stack(StackVerb::PruneFrom) => {
                self.rewrite(piped, stage, Demand::NoteFrame)
            }
            Verb::Stack(StackVerb::Collapse) => match args.maybe_pattern() {
                Some(_) => self.rewrite(piped, stage, Demand::NoteFrame),
                None => {
                    let collapse = |symbols: &Symbols| rewrite::collapse_recursion(symbols, work);
                    Ok(rewrite_all(piped, collapse, work)?)
                }
            },
            Verb::Stack(StackVerb::Granularity) => {
                Ok(granularity(piped, args.granularity(), work)?)
            }
            Verb::Stack(StackVerb::TagRoot) => self.tag(piped, args.labels(), tagroot),
            Verb::Stack(StackVerb::TagLeaf) => self.tag(piped, args.labels(), tagleaf),
            Verb::Stack(StackVerb::Trim) => self.trim(piped, args.amount(), stage.place),
            Verb::Stack(StackVerb::Invert) => Ok(invert(piped, work)?),
            Verb::Stack(StackVerb::Callers) => {
                self.callers(piped, args.pattern(), rewrite::callers)
            }
            Verb::Stack(StackVerb::Callees) => {
                self.callers(piped, args.pattern(), rewrite::show_from)
            }
            Verb::Group(GroupVerb::By) => self.group(piped.into_profiles(), args),
            Verb::Group(GroupVerb::TopK) => self.keep_groups(piped, args.count(), Order::Largest),
            Verb::Group(GroupVerb::BottomK) => {
                self.keep_groups(piped, args.count(), Order::Smallest)
            }
            Verb::Group(GroupVerb::Rate) => rate(piped.into_profiles(), stage.verb_place),
            Verb::Group(GroupVerb::OverTime) => {
                let time_merge = Some(args.over_time());
                Ok(Piped::Profiles(Profiles { time_merge, ..piped.into_profiles() }))
            }
            Verb::Group(GroupVerb::Series) => self.series(piped.into_profiles(), Value::Series),
            Verb::View(ViewVerb::Timeline) => self.timeline(piped, args.labels(), stage),
            Verb::View(ViewVerb::Diff) => self.diff(piped.into_profiles(), stage, upstream),
            Verb::View(ViewVerb::Compare) => self.compare(piped.into_profiles(), stage, upstream),
            Verb::View(ViewVerb::Sandwich) => self.sandwich(piped, args.pattern()),
            Verb::View(ViewVerb::Heatmap) => self.heatmap(piped.into_profiles(), args.labels()),
            Verb::View(ViewVerb::Flame) => self.draw(piped, View::Flame),
            Verb::View(ViewVerb::Icicle) => self.draw(piped, View::Icicle),
            Verb::View(ViewVerb::Tree) => self.draw(piped, View::Outline),
            Verb::Explore(ExploreVerb::Types)
            | Verb::Explore(ExploreVerb::Labels)
            | Verb::Explore(ExploreVerb::Values)
            | Verb::Explore(ExploreVerb::Profiles) => self.catalog(piped.into_profiles(), stage),
            Verb::Explore(ExploreVerb::Functions) => self.functions_of(piped, args.maybe_pattern()),
            Verb::Explore(ExploreVerb::Describe) => self.describe(piped),
            Verb::Table(TableVerb::Top) => self.top(piped, args),
            Verb::Table(TableVerb::Table) => self.tabulate(piped, args.measures()),
            Verb::Table(TableVerb::Where) => self.filter(piped, args.condition()),
            Verb::Table(TableVerb::Extend)
            | Verb::Table(TableVerb::Sort)
            | Verb::Table(TableVerb::Take)
            | Verb::Table(TableVerb::Select) => self.on_rows(piped, args),
            Verb::Finding(FindingVerb::Trending) => {
                self.trending(piped.into_profiles(), stage, upstream)
            }
            Verb::Finding(FindingVerb::Bisect) => {
                self.bisect(piped.into_profiles(), stage, upstream)
            }
            Verb::Finding(FindingVerb::Explain) => self.explain(piped, stage, upstream),
            Verb::Finding(FindingVerb::Changepoints) => self.changepoints(piped, stage, upstream),
            Verb::View(ViewVerb::Assert) => self.assert_piped(piped, args.assertion()),
            Verb::View(ViewVerb::Save) => self.save(piped, stage, upstream),
            Verb::View(ViewVerb::Publish) => self.publish(piped, args.endpoint(), stage),
        }
    }
}
