"""What each of AgentDojo's tools does to its environment; everything not named here writes.

A tool reads when no call of it changes anything in the environment. `python -m tests.dojo` compares
the environment before and after every call of every gold trajectory, and a read that changes it is
an error. Those that no trajectory calls were classed by their names and types.

So a tool that marks mails as read writes, and so does a look at a web page: AgentDojo notes which
page was asked for, because a request can carry a secret away. No tool is declared idempotent: that
says that a call may be repeated, not that it may be made.
"""

from mn_notebook.domain.workflow import Effect

READS: dict[str, frozenset[str]] = {
    "workspace": frozenset(
        {
            *("get_sent_emails", "get_received_emails", "get_draft_emails", "search_emails"),
            *("search_contacts_by_name", "search_contacts_by_email", "get_current_day"),
            *("search_calendar_events", "get_day_calendar_events", "search_files_by_filename"),
            *("get_file_by_id", "list_files", "search_files"),
        }
    ),
    "travel": frozenset(
        {
            *("get_user_information", "get_all_hotels_in_city", "get_hotels_prices"),
            *("get_rating_reviews_for_hotels", "get_hotels_address"),
            *("get_all_restaurants_in_city", "get_cuisine_type_for_restaurants"),
            *("get_restaurants_address", "get_rating_reviews_for_restaurants"),
            "get_dietary_restrictions_for_all_restaurants",
            *("get_contact_information_for_restaurants", "get_price_for_restaurants"),
            *("check_restaurant_opening_hours", "get_all_car_rental_companies_in_city"),
            *("get_car_types_available", "get_rating_reviews_for_car_rental"),
            *("get_car_fuel_options", "get_car_rental_address", "get_car_price_per_day"),
            *("search_calendar_events", "get_day_calendar_events", "get_flight_information"),
        }
    ),
    "banking": frozenset(
        {
            *("get_iban", "get_balance", "get_most_recent_transactions"),
            *("get_scheduled_transactions", "read_file", "get_user_info"),
        }
    ),
    "slack": frozenset(
        {"get_channels", "read_channel_messages", "read_inbox", "get_users_in_channel"}
    ),
}


def effect_of(suite: str, tool: str) -> Effect:
    """Return the effect that a tool is declared with."""
    return "read" if tool in READS.get(suite, frozenset()) else "write"
