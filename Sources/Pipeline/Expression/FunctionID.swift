/// What a function means, whatever it is called: engines are told ids, authors write names.
///
/// Functions that are other notations for operators, casts or EXTRACT (`year(d)`, `ifnull(a, b)`) have no id: the plan
/// holds what they stand for.
public enum FunctionID: String, Hashable, Sendable, CaseIterable {
    // Text.
    case upper, lower, initCap, trim, leftTrim, rightTrim, length, substring, replace, splitPart, left, right, leftPad,
        rightPad
    case reverse, startsWith, endsWith, contains, regexpMatches, regexpExtract, regexpReplace, position
    case md5, sha256, jsonExtract, jsonExtractText
    // Numbers.
    case absolute, round, floor, ceiling, squareRoot, power, greatest, least, sign, exponential, naturalLogarithm
    case logarithm10, truncate
    // Dates.
    case currentDate, currentTimestamp, dateTrunc, dateDifference, formatDate, makeDate
    // Nulls.
    case coalesce, nullIf
    // Aggregates.
    case countRows, count, sum, average, minimum, maximum, first, last, standardDeviation, variance, quantile
    case collect, boolAnd, boolOr, joinTexts, minimumBy, maximumBy
}
