import Foundation
import Pipeline

/// What a request may be to become a row. A request beyond it is refused by itself, so that it can't hold up the batch
/// that it came with.
enum RequestLimits {
    /// Bytes of a name: it stands in an index.
    static let pipelineName = 512
    /// Bytes of any other text. A message of the usual broker is at most a megabyte.
    static let text = 4_000_000

    /// nil when the request can be stored.
    static func objection(to request: RunRequest) -> String? {
        if request.pipelineName.utf8.count > pipelineName {
            return "the pipeline's name has more than \(pipelineName) bytes"
        }
        let texts =
            [
                ("pipeline", request.pipelineYAML), ("pipeline's name", request.pipelineName),
                ("base directory", request.baseDirectory), ("concurrency key", request.concurrencyKey),
                ("idempotency key", request.idempotencyKey ?? ""), ("submitter", request.submittedBy),
                ("project file", request.projectYAML ?? ""), ("profile", request.profile ?? ""),
                ("trigger", request.trigger ?? ""), ("source code's place", request.sourceCode?.path ?? ""),
                ("source code's repository", request.sourceCode?.repository ?? ""),
                ("source code's commit", request.sourceCode?.commit ?? ""),
            ] + request.variables.flatMap { [("variables", $0.key), ("variables", $0.value)] }
        for (name, text) in texts {
            if text.utf8.contains(0) { return "the \(name) holds a NUL character" }
            if text.utf8.count > Self.text { return "the \(name) has more than \(Self.text) bytes" }
        }
        if !(0...1000).contains(request.retries) { return "retries is not between 0 and 1000" }
        // Years 1970 to 9999.
        if !(0..<253_402_300_800).contains(request.submittedAt.timeIntervalSince1970) {
            return "the time of submission is not between the years 1970 and 9999"
        }
        return nil
    }
}
