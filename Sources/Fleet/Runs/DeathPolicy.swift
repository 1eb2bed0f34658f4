/// What becomes of a run whose worker died while executing it.
///
/// A worker that runs several at once does not say which of them killed it. After some deaths in company a run gets
/// a worker for itself; only deaths there are evidence against it, and only they set it aside.
public struct DeathPolicy: Sendable, Hashable {
    public enum Verdict: Sendable, Hashable {
        /// Again; `alone`: on a worker that has nothing else.
        case again(alone: Bool)
        case setAside
    }

    /// Deaths, of whatever kind, after which a run is executed alone.
    public var deathsBeforeAlone = 2
    /// Deaths alone that set a run aside. One may be chance: a machine that was switched off.
    public var deathsAloneBeforeSetAside = 2

    public init() {}

    /// `deaths` counts all so far, `deathsAlone` those of them with a worker for itself.
    public func verdict(deaths: Int, deathsAlone: Int) -> Verdict {
        deathsAlone >= deathsAloneBeforeSetAside ? .setAside : .again(alone: deaths >= deathsBeforeAlone)
    }

    func problems() -> [String] {
        deathsBeforeAlone >= 1 && deathsAloneBeforeSetAside >= 1
            ? [] : ["a run must be allowed one death before it is executed alone, and one alone before it is set aside"]
    }
}
