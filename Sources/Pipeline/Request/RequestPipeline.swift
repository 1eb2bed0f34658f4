extension RunRequest {
    /// The pipeline as every worker reads it. The submitter resolved every variable; the worker's own environment must
    /// not leak in.
    public func loadPipeline() throws(InvalidPipeline) -> PipelineLoader.Loaded {
        try PipelineLoader.load(yaml: pipelineYAML, file: nil, variables: VariableScope(given: variables))
    }
}
