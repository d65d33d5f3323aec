//! Stack traces of a chunk to stacks of the batch: each trace, method and frame once.
//!
//! A method is called `Class.method`, as `jfr print` shows it, without parameters and
//! without the addresses of hidden classes. A trace that was too deep to be recorded whole
//! starts with `[truncated]`. Otherwise its outermost method would look like the first one
//! of the thread.

use rustc_hash::FxHashMap;

use super::chunk::Chunk;
use super::constants::Constants;
use super::metadata::Classes;
use super::record::{Content, Record};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::{Frame, FrameKind, Function, StackId};
use crate::source::batch::Batch;
use crate::source::malformed::Malformed;

const TRUNCATED: &str = "[truncated]";

const UNKNOWN: &str = "[unknown]";

/// The stacks of a chunk that are known to the batch.
#[derive(Debug)]
pub(super) struct Stacks {
    frame: Option<Record<3>>,
    /// Written by a JVM and not by async-profiler.
    is_of_jvm: bool,
    stacks: FxHashMap<i64, StackId>,
    /// By the number of a method, as Java or as native code.
    functions: FxHashMap<(i64, bool), Callee>,
    kinds: FxHashMap<i64, Kind>,
    path: Vec<FrameId>,
}

/// A function, and its library if it is native code.
#[derive(Debug, Clone, Copy)]
struct Callee {
    function: FunctionId,
    module: StringId,
}

/// What the type of a frame means.
#[derive(Debug, Clone, Copy)]
struct Kind {
    kind: FrameKind,
    is_inlined: bool,
    /// Whether methods are functions of libraries and not Java methods.
    is_library: bool,
}

impl Stacks {
    pub(super) fn of(chunk: &Chunk<'_>, classes: &Classes) -> Result<Stacks, Malformed> {
        let wanted = ["method", "lineNumber", "type"];
        let frame = classes.id("jdk.types.StackFrame");
        let frame =
            frame.map(|id| Record::of(classes, id, wanted, chunk.body().at())).transpose()?;
        Ok(Stacks {
            frame,
            is_of_jvm: classes.are_of_jvm(),
            stacks: FxHashMap::default(),
            functions: FxHashMap::default(),
            kinds: FxHashMap::default(),
            path: Vec::new(),
        })
    }

    /// The stack with this number among the constants; empty if there is none.
    pub(super) fn get(
        &mut self,
        id: i64,
        constants: &Constants<'_>,
        batch: &mut Batch,
    ) -> Result<StackId, Malformed> {
        if let Some(known) = self.stacks.get(&id) {
            return Ok(*known);
        }
        let stack = match (constants.stacks.get(id)?, self.frame.take()) {
            (Some([truncated, Content::List(mut frames, count)]), Some(frame)) => {
                self.path.clear();
                for _ in 0..count {
                    let [method, line, kind] = frame.read(&mut frames)?.map(Content::number);
                    let frame = self.frame(method, line, kind, constants, batch)?;
                    self.path.push(frame);
                }
                if truncated.number() != 0 {
                    self.path.push(named_frame(TRUNCATED, batch));
                }
                self.frame = Some(frame);
                batch.stack(&self.path)
            }
            (_, frame) => {
                self.frame = frame;
                StackId::EMPTY
            }
        };
        self.stacks.insert(id, stack);
        Ok(stack)
    }

    fn frame(
        &mut self,
        method: i64,
        line: i64,
        kind: i64,
        constants: &Constants<'_>,
        batch: &mut Batch,
    ) -> Result<FrameId, Malformed> {
        let Kind { kind, is_inlined: inlined, is_library } = self.kind(kind, constants)?;
        let Callee { function, module } = self.callee(method, is_library, constants, batch)?;
        let line = u32::try_from(line).unwrap_or(0);
        Ok(batch.frame(Frame { function, line, kind, inlined, module, ..Frame::default() }))
    }

    fn callee(
        &mut self,
        id: i64,
        is_library: bool,
        constants: &Constants<'_>,
        batch: &mut Batch,
    ) -> Result<Callee, Malformed> {
        if let Some(known) = self.functions.get(&(id, is_library)) {
            return Ok(*known);
        }
        let [name, module] = match is_library {
            true => constants.native_name(id)?,
            false => [constants.method_name(id)?, String::new()],
        };
        let name = batch.string(if name.is_empty() { UNKNOWN } else { &name });
        let function = batch.function(Function { name, ..Function::default() });
        let callee = Callee { function, module: batch.string(&module) };
        self.functions.insert((id, is_library), callee);
        Ok(callee)
    }

    fn kind(&mut self, id: i64, constants: &Constants<'_>) -> Result<Kind, Malformed> {
        if let Some(known) = self.kinds.get(&id) {
            return Ok(*known);
        }
        let kind = |kind| Kind { kind, is_inlined: false, is_library: false };
        let kind = match &*constants.frame_type(id)? {
            "Interpreted" => kind(FrameKind::Interpreted),
            "JIT compiled" | "C1 compiled" => kind(FrameKind::Jit),
            "Inlined" => Kind { is_inlined: true, ..kind(FrameKind::Jit) },
            "Kernel" => Kind { is_library: true, ..kind(FrameKind::Kernel) },
            "C++" => Kind { is_library: true, ..kind(FrameKind::Native) },
            // For a JVM, native methods are Java's; for async-profiler, those of a library.
            _ => Kind { is_library: !self.is_of_jvm, ..kind(FrameKind::Native) },
        };
        self.kinds.insert(id, kind);
        Ok(kind)
    }
}

/// A frame without code.
fn named_frame(name: &str, batch: &mut Batch) -> FrameId {
    let name = batch.string(name);
    let function = batch.function(Function { name, ..Function::default() });
    batch.frame(Frame { function, ..Frame::default() })
}
