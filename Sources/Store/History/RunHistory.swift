import Foundation
/// What people ask the store.
public struct RunHistory: Sendable {
    let pool: Pool
    let standing: StandingConnection
}
