import Fleet

/// Why a child did not answer a statement.
struct DuckDBError: Error, Sendable {
    enum Cause: Sendable, Hashable {
        /// The child refused the statement; its own words, which may quote rows.
        case refused(String)
        /// The child ended without a word.
        case died(SupervisedChild.Ending)
        case answerTooLarge(limitBytes: Int)
    }

    var cause: Cause
    /// Which of the statements that were given together.
    var statement: Int

    /// What may be told.
    var failure: Failure { failure(naming: [:]) }

    /// Why, without the place: the same whenever the same kind of value fails in the same way.
    var reason: String? {
        guard case .refused(let text) = cause else { return nil }
        return DuckDBErrorText(text).reason
    }

    /// `names`: what the author calls columns, by what the statement calls them.
    func failure(naming names: [String: String]) -> Failure {
        switch cause {
        case .refused(let text):
            return DuckDBErrorText(text, names: names).failure
        case .died(.signal(9)):
            return Failure(
                .engineLost,
                "the DuckDB process was killed (signal 9) while it worked; if nobody did, the system was out of memory")
        case .died(.signal(let number)):
            return Failure(.engineLost, "the DuckDB process crashed (signal \(number)) while it worked")
        case .died(.exit(let code)):
            return Failure(.engineLost, "the DuckDB process ended by itself (exit code \(code)) while it worked")
        case .answerTooLarge(let limit):
            return Failure(.unclassified, "an answer of the DuckDB process is larger than \(limit) bytes")
        }
    }
}
