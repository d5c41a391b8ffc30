"""The GraphQL door of the contract."""
