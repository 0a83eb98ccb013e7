"""现金流预测 Cash flows that a loan tape promises, over Arrow batches. Pure: no database, no Django; runs on a cluster too."""
