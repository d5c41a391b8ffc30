"""The columns of the table of totals, which a service fills and a file holds."""

QUALITY_COLUMNS = (
    "total_including_uptake_kgco2e",
    "primary_data_share",
    "verified_share",
    "proxy_share",
    "exempted_share",
    "technological_dqr",
    "temporal_dqr",
    "geographical_dqr",
    "rated_share",
)
"""What ``--columns all`` adds before loop gain, stages and components; the engine's columns have the same names."""
