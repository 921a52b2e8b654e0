from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "jinxiu.demo"
    label = "demo"
