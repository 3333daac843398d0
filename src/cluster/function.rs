//! The function that Ballista calls: a task in, its receipt out. It is never a leaf of a plan, so that Ballista cuts what it knows.

use crate::worker::Worker;
use datafusion::arrow::array::{Array, BinaryArray, BinaryBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Its name in plans.
pub const NAME: &str = "shanshui_work";

/// The function for whoever plans and does no work: the scheduler and whoever asks it.
pub fn planned() -> ScalarUDF {
    ScalarUDF::new_from_impl(Work { worker: None, signature: signature() })
}

/// The function for an executor.
pub fn worked_by(worker: Arc<Worker>) -> ScalarUDF {
    ScalarUDF::new_from_impl(Work { worker: Some(worker), signature: signature() })
}

fn signature() -> Signature {
    // Volatile: whoever plans works nothing out beforehand.
    Signature::exact(vec![DataType::Binary], Volatility::Volatile)
}

#[derive(Debug)]
struct Work {
    worker: Option<Arc<Worker>>,
    signature: Signature,
}

// One function is like another of its name.
impl PartialEq for Work {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Work {}

impl Hash for Work {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

impl ScalarUDFImpl for Work {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(worker) = &self.worker else { return exec_err!("{NAME} is done by executors alone") };
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(tasks) = arrays.first().and_then(|array| array.as_any().downcast_ref::<BinaryArray>()) else {
            return exec_err!("{NAME} takes tasks as bytes");
        };
        let mut receipts = BinaryBuilder::new();
        for task in tasks.iter() {
            receipts.append_value(worker.receipt_for(task.unwrap_or_default()).to_bytes());
        }
        Ok(ColumnarValue::Array(Arc::new(receipts.finish())))
    }
}
